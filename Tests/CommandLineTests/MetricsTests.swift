import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    /// `/metrics` as the program has it, read by Prometheus's own parser.
    struct MetricsTests {
        private struct Sample: Decodable {
            var name: String
            var labels: [String: String]
            var value: Double
        }

        private static let parser = """
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families
            families = list(text_string_to_metric_families(sys.argv[1]))
            assert all(f.documentation and f.type != "unknown" for f in families), families
            print(json.dumps([dict(name=s.name, labels=s.labels, value=s.value) for f in families for s in f.samples]))
            """

        private static func scrape(_ node: GatewayProcess, _ arguments: [String] = []) async throws -> [Sample] {
            let answer = try await Curl.answer("\(node.opsURL)/metrics", arguments)
            guard answer.status == 200, answer.head.contains("Content-Type: text/plain; version=0.0.4") else {
                throw Unexpected("\(answer)")
            }
            let text = try await ChildProcess.output(of: "python3", ["-c", parser, answer.body])
            return try JSONDecoder().decode([Sample].self, from: Data(text.utf8))
        }

        private static func value(_ name: String, _ labels: [String: String] = [:], in samples: [Sample]) -> Double {
            samples.filter { sample in
                sample.name == "chat_gateway_" + name && labels.allSatisfy { sample.labels[$0] == $1 }
            }
            .reduce(0) { $0 + $1.value }
        }

        @Test("Streams, messages, refusals, ends and Redis are counted, and no label has a name that users give")
        func counts() async throws {
            try await RedisServer.with { redis in
                let options = ["--max-streams-per-user", "2", "--loops", "1", "--drain", "200ms"]
                let node = try await GatewayProcess(options, redis: redis)
                let first = try await Listener(node.url + "/rooms/secret-room/events?user=ann-of-secrets")
                let second = try await Listener(node.url + "/rooms/secret-room/events?user=ann-of-secrets")
                let refused = try await Curl.answer(node.url + "/rooms/secret-room/events?user=ann-of-secrets")
                #expect(refused.body.contains("limited"))
                let connection = try await RawConnection(port: node.port)
                for (body, status) in [
                    (#"{"id":"m1","text":"a"}"#, 201), (#"{"id":"m1","text":"a"}"#, 200), ("[]", 400),
                ] {
                    try await connection.post("/rooms/secret-room/messages", body)
                    #expect(try await connection.answer().status == status)
                }
                try await first.line(with: #""id":"m1""#)
                try await second.line(with: #""id":"m1""#)
                await second.close()
                let value = Self.value
                try await eventually("the loops have told") {
                    let now = try await Self.scrape(node)
                    return value("streams", [:], now) == 1 && value("deliveries_total", [:], now) == 2
                }
                let all = try await Self.scrape(node)
                #expect(value("rooms", [:], all) == 1)
                #expect(value("posts_total", ["result": "stored"], all) == 1)
                #expect(value("posts_total", ["result": "repeated"], all) == 1)
                #expect(value("posts_total", ["result": "invalid"], all) == 1)
                #expect(value("posts_total", ["result": "unavailable"], all) == 0)
                #expect(value("streams_opened_total", ["from": "new"], all) == 2)
                #expect(value("streams_ended_total", ["reason": "limited"], all) == 1)
                #expect(value("streams_ended_total", ["reason": "gone"], all) == 1)
                #expect(value("limit_reached_total", ["limit": "streams_per_user"], all) == 1)
                #expect(value("append_seconds_count", [:], all) == 2)
                #expect(value("delivery_seconds_count", [:], all) >= 1)
                #expect(value("redis_up", [:], all) == 1 && value("redis_losses_total", [:], all) == 0)
                #expect(all.contains { $0.name == "process_resident_memory_bytes" && $0.value > 1_000_000 })
                #expect(all.contains { $0.name == "process_cpu_seconds_total" && $0.value > 0 })
                #expect(!all.contains { $0.labels.values.contains { $0.contains("secret") } })

                // What a room said before anybody listened to it has to come from the broker.
                for text in ["old", "new"] {
                    try await connection.post("/rooms/other/messages", "{\"text\":\"\(text)\"}")
                    #expect(try await connection.answer().status == 201)
                }
                try await connection.request("GET", "/rooms/other/messages")
                let list = try await connection.answer().body
                let cursor = try #require(list.firstMatch(of: /"first":"([^"]+)"/)).output.1
                let late = try await Listener(node.url + "/rooms/other/events?last_event_id=\(cursor)")
                try await late.line(with: #""text":"new""#)
                let opened = try await Self.scrape(node)
                #expect(value("streams_opened_total", ["from": "broker"], opened) == 1)

                await redis.kill()
                try await eventually("the loss is counted") {
                    let now = try await Self.scrape(node)
                    return value("redis_up", [:], now) == 0 && value("redis_losses_total", [:], now) == 1
                        && value("broker_stalls_total", [:], now) == 1
                }
                #expect(await node.child.stop() == .exit(0))
            }
        }

        @Test("Behind a key Prometheus has to show it")
        func key() async throws {
            let node = try await GatewayProcess(Program.key)
            #expect(try await Curl.status("\(node.opsURL)/metrics") == 401)
            let samples = try await Self.scrape(node, ["-H", "Authorization: Bearer \(Program.key[1])"])
            #expect(samples.contains { $0.name == "process_open_fds" })
            #expect(await node.child.stop() == .exit(0))
        }
    }
}
