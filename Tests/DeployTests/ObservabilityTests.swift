import Foundation
import IntegrationSupport
import Testing
import Yams

/// Whether what Prometheus and Grafana are given fits the program, the override of docker-compose.yml, and themselves.
@Suite(.serialized) struct ObservabilityTests {
    private let override: Node
    private let dashboard: Dashboard

    init() throws {
        override = try #require(try Yams.compose(yaml: Checkout.text("deploy/compose.observability.yml")))
        let text = try Checkout.text("deploy/grafana/dashboards/chat-gateway.json")
        dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(text.utf8))
    }

    private func texts(_ node: Node?) -> [String] { node?.array().compactMap(\.string) ?? [] }

    /// A folder with Prometheus's files, in which the nodes of compose and their key are others.
    private func folder(targets: [String], key: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prometheus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // As an editor, or openssl, ends it.
        try Data("\(key)\n".utf8).write(to: folder.appending(path: "key"))
        try Data(Checkout.text("deploy/prometheus/alerts.yml").utf8).write(to: folder.appending(path: "alerts.yml"))
        var text = try Checkout.text("deploy/prometheus/prometheus.yml")
            .replacing("/run/secrets/ops-key", with: folder.appending(path: "key").path)
        if !targets.isEmpty {
            let found = try #require(text.firstRange(of: #/ {4}dns_sd_configs:\n(?: {6}.*\n)+/#))
            text.replaceSubrange(found, with: "    static_configs:\n      - targets: \(targets)\n")
            text = text.replacing("interval: 10s", with: "interval: 1s")
        }
        try Data(text.utf8).write(to: folder.appending(path: "prometheus.yml"))
        return folder
    }

    @Test func `Prometheus takes its configuration and the alerts as they are`() async throws {
        let folder = try folder(targets: [], key: "0123456789abcdef")
        defer { try? FileManager.default.removeItem(at: folder) }
        let said = try await ChildProcess.output(
            of: PrometheusServer.program("promtool"),
            ["check", "config", folder.appending(path: "prometheus.yml").path]
        )
        #expect(said.contains("SUCCESS") && said.contains("rules found"), "\(said)")
    }

    @Test func `a node that is gone, and all of them being gone, wake somebody`() async throws {
        let folder = try folder(targets: [], key: "0123456789abcdef")
        defer { try? FileManager.default.removeItem(at: folder) }
        let rules = """
            rule_files: [alerts.yml]
            evaluation_interval: 10s
            tests:
              - interval: 10s
                input_series:
                  - {series: 'up{job="chat-gateway", instance="a"}', values: "1+0x12 0+0x20"}
                  - {series: 'up{job="chat-gateway", instance="b"}', values: "1+0x40"}
                alert_rule_test:
                  - {eval_time: 2m, alertname: ChatGatewayAway, exp_alerts: []}
                  - eval_time: 4m
                    alertname: ChatGatewayAway
                    exp_alerts:
                      - exp_labels: {severity: page, job: chat-gateway, instance: a}
                        exp_annotations: {summary: a does not answer Prometheus.}
              - interval: 10s
                input_series: []
                alert_rule_test:
                  - eval_time: 2m
                    alertname: ChatGatewayAway
                    exp_alerts:
                      - exp_labels: {severity: page, job: chat-gateway}
                        exp_annotations: {summary: Prometheus finds no node at all.}

            """
        let file = folder.appending(path: "tests.yml")
        try Data(rules.utf8).write(to: file)
        let said = try await ChildProcess.output(
            of: PrometheusServer.program("promtool"),
            ["test", "rules", file.path]
        )
        #expect(said.contains("SUCCESS"), "\(said)")
    }

    @Test func `Prometheus reads two nodes with their key, and each query of dashboard and alerts finds its metrics`()
        async throws
    {
        let key = "0123456789abcdef"
        try await RedisServer.with { redis in
            let folder = try folder(targets: [], key: key)
            defer { try? FileManager.default.removeItem(at: folder) }
            let options = ["--ops-key-file", folder.appending(path: "key").path]
            let nodes = [
                try await GatewayProcess(options, redis: redis), try await GatewayProcess(options, redis: redis),
            ]
            var listeners: [Listener] = []
            for node in nodes { listeners.append(try await Listener("\(node.url)/rooms/hall/events")) }
            var targets: [String] = []
            for node in nodes { targets.append(try await node.opsURL.replacing("http://", with: "")) }
            let configured = try self.folder(targets: targets, key: key)
            defer { try? FileManager.default.removeItem(at: configured) }
            let prometheus = try await PrometheusServer(
                configured.appending(path: "prometheus.yml"),
                data: configured.appending(path: "data")
            )

            try await eventually("messages are counted on both nodes", within: .seconds(30)) {
                _ = try await Curl.post(#"{"text":"x"}"#, to: "\(nodes[0].url)/rooms/hall/messages")
                let query = #"rate(chat_gateway_deliveries_total{job="chat-gateway"}[1m]) > 0"#
                return try await prometheus.query(query).count == 2
            }
            for query in dashboard.queries {
                let found = try await prometheus.query(query)
                // What has not happened yet shows nothing.
                #expect(!found.isEmpty || query.hasSuffix("> 0"), "\(query)")
            }
            let alerts = try Checkout.text("deploy/prometheus/alerts.yml")
            let names = (dashboard.queries.joined(separator: "\n") + alerts)
                .matches(of: /\b(?:chat_gateway|process)_[a-z_]+/).map { String($0.output) }
            #expect(names.count > 40)
            for name in Set(names) {
                let instances = Set(try await prometheus.query(name).compactMap { $0.metric["instance"] })
                #expect(instances == Set(targets), "\(name)")
            }
            try await expectHealthyAlerts(prometheus)
            await prometheus.child.stop()
            for listener in listeners { await listener.close() }
            for node in nodes { await node.child.kill() }
        }
    }

    private func expectHealthyAlerts(_ prometheus: PrometheusServer) async throws {
        struct Rules: Decodable, Sendable {
            struct Group: Decodable, Sendable {
                var rules: [Rule]
            }

            struct Rule: Decodable, Sendable {
                var name: String
                var health: String
                var state: String
            }

            var groups: [Group]
        }
        try await eventually("every alert was evaluated", within: .seconds(20)) {
            let answer: PrometheusServer.Answer<Rules> = try await prometheus.get("/api/v1/rules")
            return answer.data.groups.flatMap(\.rules).allSatisfy { $0.health != "unknown" }
        }
        let answer: PrometheusServer.Answer<Rules> = try await prometheus.get("/api/v1/rules")
        let rules = answer.data.groups.flatMap(\.rules)
        #expect(rules.count >= 9)
        // A loop that is late on a busy machine makes an alert wait, not fire.
        for rule in rules { #expect(rule.health == "ok" && rule.state != "firing", "\(rule)") }
    }

    @Test func `the dashboard asks the provisioned source, and no panel covers another`() throws {
        let sources = try #require(
            try Yams.compose(yaml: Checkout.text("deploy/grafana/provisioning/datasources/prometheus.yml"))
        )
        let source = try #require(sources["datasources"]?.array().first)
        let own = Dashboard.Source(type: try #require(source["type"]?.string), uid: try #require(source["uid"]?.string))
        let panels = dashboard.panels
        #expect(panels.filter { $0.type != "row" }.count >= 20)
        #expect(Set(panels.map(\.id)).count == panels.count)
        for panel in panels where panel.type != "row" {
            #expect(panel.datasource == own && !panel.title.isEmpty)
            let targets = try #require(panel.targets)
            #expect(!targets.isEmpty && targets.allSatisfy { $0.datasource == own })
            #expect(Set(targets.map(\.refId)).count == targets.count)
        }
        #expect(dashboard.templating.list.map(\.name) == ["instance"])
        #expect(dashboard.templating.list.allSatisfy { $0.datasource == own })
        var taken: Set<[Int]> = []
        for place in panels.map(\.gridPos) {
            #expect(place.x + place.w <= 24)
            for x in place.x..<place.x + place.w {
                for y in place.y..<place.y + place.h {
                    let isFree = taken.insert([x, y]).inserted
                    #expect(isFree)
                }
            }
        }
    }

    @Test func `Grafana's own types know each member, value and unit of the dashboard`() async throws {
        let check = Checkout.root.appending(path: "Tests/DeployTests/GrafanaTypes.py").path
        let path = Checkout.root.appending(path: "deploy/grafana/dashboards/chat-gateway.json").path
        #expect(try await ChildProcess.output(of: "python3", [check, path]) == "")

        let text = try Checkout.text("deploy/grafana/dashboards/chat-gateway.json")
        let mistakes = [
            (#""colorMode""#, #""colourMode""#), (#""graphMode": "area""#, #""graphMode": "areas""#),
            (#""unit": "short""#, #""unit": "shorts""#), (#""type": "stat""#, #""type": "status""#),
            (#""min": 0"#, #""min": "0""#),
        ]
        for (right, wrong) in mistakes {
            let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
            defer { try? FileManager.default.removeItem(at: file) }
            let changed = text.replacing(right, with: wrong)
            #expect(changed != text)
            try Data(changed.utf8).write(to: file)
            let said = try await ChildProcess.output(of: "python3", [check, file.path])
            #expect(!said.isEmpty, "\(wrong)")
        }
    }

    @Test func `the override names the files, services and ports that there are`() throws {
        let services = try #require(override["services"])
        let sources = try Checkout.text("deploy/grafana/provisioning/datasources/prometheus.yml")
        let url = try #require(sources.firstMatch(of: /url: http:\/\/([\w-]+):(\d+)/)).output
        #expect(services[String(url.1)] != nil && url.2 == "9090")
        let configuration = try #require(
            try Yams.compose(yaml: Checkout.text("deploy/prometheus/prometheus.yml"))?["scrape_configs"]?.array().first
        )
        let name = try #require(configuration["dns_sd_configs"]?.array().first)
        let compose = try #require(try Yams.compose(yaml: Checkout.text("docker-compose.yml")))
        for service in texts(name["names"]) { #expect(compose["services"]?[service] != nil) }
        #expect(configuration["job_name"]?.string == "chat-gateway")
        let secret = try #require(configuration["authorization"]?["credentials_file"]?.string)
        #expect(services["gateway"]?["environment"]?["CHAT_GATEWAY_OPS_KEY_FILE"]?.string == secret)
        for service in ["gateway", "prometheus"] {
            let secrets = texts(services[service]?["secrets"])
            #expect(secrets == ["ops-key"])
        }

        for name in ["prometheus", "grafana"] {
            let service = try #require(services[name])
            #expect(texts(service["profiles"]) == ["observability"])
            #expect(service["image"]?.string?.contains(/:v?\d+\.\d+\.\d+$/) == true)
            #expect(service["read_only"]?.bool == true && texts(service["cap_drop"]) == ["ALL"])
            #expect(texts(service["security_opt"]) == ["no-new-privileges:true"])
            #expect(service["user"] != nil && service["healthcheck"] != nil)
            // Nothing of it is reached from another machine.
            #expect(texts(service["ports"]).allSatisfy { $0.hasPrefix("127.0.0.1:") })
            for mount in texts(service["volumes"]) where mount.hasPrefix("./") {
                let path = String(try #require(mount.split(separator: ":").first).dropFirst(2))
                #expect(FileManager.default.fileExists(atPath: Checkout.root.appending(path: path).path), "\(mount)")
                #expect(mount.hasSuffix(":ro"))
            }
        }
        let provider = try Checkout.text("deploy/grafana/provisioning/dashboards/chat-gateway.yml")
        let path = try #require(provider.firstMatch(of: /path: (\S+)/)).output.1
        let mounts = texts(services["grafana"]?["volumes"])
        #expect(mounts.contains("./deploy/grafana/dashboards:\(path):ro"))
        let home = services["grafana"]?["environment"]?["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]?.string
        #expect(home == "\(path)/chat-gateway.json")
    }

    @Test func `the program takes what the override has it do`() async throws {
        let environment = try #require(override["services"]?["gateway"]?["environment"]?.mapping)
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("0123456789abcdef\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var variables: [String: String] = [:]
        for (name, value) in environment {
            variables[try #require(name.string)] = value.string == "/run/secrets/ops-key" ? file.path : value.string
        }
        #expect(variables["CHAT_GATEWAY_OPS_HOST"] == "0.0.0.0")
        let child = try await ChildProcess(try GatewayProcess.program(), ["check-config"], environment: variables)
        #expect(try await child.end() == .exit(0))
        try await eventually("its output has ended") { child.isDrained }
        for name in variables.keys { #expect(child.text(of: .standard).contains(name)) }
        #expect(!child.text(of: .standard).contains("0123456789abcdef"))
    }
}
