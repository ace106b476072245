import Foundation
import IntegrationSupport
import Testing
import Yams

@testable import ChatGateway

/// Whether the unit of systemd and the alerts of Prometheus fit the program.
@Suite struct OperationTests {
    private struct Alerts: Decodable {
        struct Group: Decodable {
            var rules: [Rule]
        }

        struct Rule: Decodable {
            var alert: String
            var expr: String
            var labels: [String: String]
            var annotations: [String: String]
        }

        var groups: [Group]
    }

    @Test func `systemd takes the unit, and gives a node time for its drain`() async throws {
        let unit = try Checkout.text("deploy/systemd/chat-gateway.service")
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Verified with the program that was built: where it will be installed there is none.
        let program = try GatewayProcess.program()
        let file = folder.appending(path: "chat-gateway.service")
        // With what its head says of secrets.
        let credential = try #require(unit.firstMatch(of: /(?m)^# +(LoadCredential=.+)$/)).output.1
        let whole = unit.replacing("/usr/local/bin/chat-gateway", with: program)
            .replacing("[Service]\nExecStart", with: "[Service]\n\(credential)\nExecStart")
        #expect(whole.contains("\n\(credential)\n"))
        try Data(whole.utf8).write(to: file)
        let child = try await ChildProcess("systemd-analyze", ["verify", "--man=no", file.path])
        #expect(try await child.end(within: .seconds(30)) == .exit(0))
        try await eventually("its output has ended") { child.isDrained }
        #expect(!child.text(of: .error).contains("chat-gateway.service"), "\(child.text(of: .error))")
        let time = try #require(unit.firstMatch(of: /TimeoutStopSec=(\d+)/)).output.1
        #expect(try .seconds(#require(Int(time))) > GatewayConfiguration().drain)
    }

    @Test func `the program takes the secret where the head of the unit says that systemd puts it`() async throws {
        let unit = try Checkout.text("deploy/systemd/chat-gateway.service")
        let name = try #require(unit.firstMatch(of: /(?m)^# +LoadCredential=([\w-]+):/)).output.1
        let member = try #require(unit.firstMatch(of: /(?m)^# +("redis-file": "(.+)")$/)).output
        #expect(member.2 == "/run/credentials/chat-gateway.service/\(name)")
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (secret, config) = (folder.appending(path: "url"), folder.appending(path: "config.json"))
        try Data("redis://gateway:p@redis.internal:6379/0\n".utf8).write(to: secret)
        try Data("{\(member.1.replacing(member.2, with: secret.path))}".utf8).write(to: config)
        let program = try GatewayProcess.program()
        let shown = try await ChildProcess.output(of: program, ["check-config", "--config", config.path])
        #expect(shown.contains("redis.internal") && !shown.contains("gateway:p@"))
    }

    @Test func `alerts ask for metrics and labels that there are, and say what is wrong`() throws {
        let text = try Checkout.text("deploy/prometheus/alerts.yml")
        let alerts = try YAMLDecoder().decode(Alerts.self, from: text).groups.flatMap(\.rules)
        #expect(alerts.count >= 8 && Set(alerts.map(\.alert)).count == alerts.count)
        let known = Set(Metric.allCases.map { $0.rawValue.replacing("_seconds", with: "") })
        let reasons = Set(GapReason.allCases.map(\.rawValue) + Limit.allCases.map(\.rawValue) + ["unavailable"])
        for alert in alerts {
            let names = alert.expr.matches(of: /chat_gateway_[a-z_]+?(?=(_total|_seconds)?(_bucket)?\b)/)
            // `up` is Prometheus's own, of whoever it asks under that name.
            let isOfAll = alert.expr.contains("process_") || alert.expr.contains(#"up{job="chat-gateway"}"#)
            #expect(!names.isEmpty || isOfAll, "\(alert.alert)")
            for name in names { #expect(known.contains(String(name.output.0)), "\(alert.alert): \(name.output.0)") }
            for value in alert.expr.matches(of: /(?:reason|result|limit)=~?"([^"]+)"/) {
                for part in value.output.1.split(separator: "|") { #expect(reasons.contains(String(part))) }
            }
            #expect(["page", "ticket"].contains(alert.labels["severity"]))
            #expect(alert.annotations["summary"]?.hasSuffix(".") == true)
        }
    }
}
