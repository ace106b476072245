import ChatGateway
import Foundation
import IntegrationSupport
import Testing

/// Names of rooms that mean something to Redis, to paths or to nobody.
@Suite struct RoomNameTests {
    private static let names = [
        "*", "?", "[a-z]", "room:*", "\\*", "a", "{0}", "{", "cg:0:{0}:1:state", "cg:0:{0}:1:room:a", "@a", "@",
        "node:x", "log:a", "once:a", "epoch", "top", "FLUSHALL", "$5", "..", ".", "%2F", "a b", "'", "\"", "<b>",
        "\u{202E}",
        "a%00", "聊天室", "é", "e\u{301}", "💬", String(repeating: "*", count: 128),
    ]

    private func encoded(_ name: String) -> String {
        name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `each name is a room of its own on every node, and nothing else in Redis`() async throws {
        try await RedisServer.with { redis in
            let first = try await GatewayProcess(["--drain", "100ms"], redis: redis)
            let second = try await GatewayProcess(["--drain", "100ms"], redis: redis)
            var listeners: [RawConnection] = []
            for name in Self.names {
                let connection = try await RawConnection(port: first.port)
                try await connection.request("GET", "/rooms/\(encoded(name))/events")
                _ = try await connection.ready()
                listeners.append(connection)
            }
            let poster = try await RawConnection(port: second.port)
            for round in 0..<2 {
                for (index, name) in Self.names.enumerated() {
                    try await poster.post("/rooms/\(encoded(name))/messages", "{\"n\":\(index),\"round\":\(round)}")
                    #expect(try await poster.answer().status == 201, "\(name)")
                }
            }
            for (index, connection) in listeners.enumerated() {
                for round in 0..<2 {
                    let data = try await connection.message().data
                    #expect(data.contains("\"n\":\(index),\"round\":\(round)"), "\(Self.names[index]): \(data)")
                }
            }
            // Each room has a log, and the state its one hash: no name has reached another key.
            let keys = try await redis.command("KEYS", "*").split(separator: "\n")
                .filter { !$0.hasPrefix("cg:0:{0}:presence:2:") }
            #expect(keys.filter { $0.hasPrefix("cg:0:{0}:1:log:") }.count == Self.names.count)
            #expect(keys.filter { !$0.hasPrefix("cg:0:{0}:1:log:") } == ["cg:0:{0}:1:state"])
            // Who is there is noted in fields of a few keys that have no room in their names.
            try await eventually("all rooms are noted") {
                try await redis.command("HLEN", "cg:0:{0}:presence:2:rooms") == "\(Self.names.count)"
            }
            let noted = try await redis.command("KEYS", "cg:0:{0}:presence:2:*").split(separator: "\n")
                .map { $0.replacing(/of:.*/, with: "of") }
            #expect(Set(noted).isSubset(of: ["nodes", "rooms", "due", "of"].map { "cg:0:{0}:presence:2:\($0)" }))
            for node in [first, second] { #expect(await node.child.stop() == .exit(0)) }
        }
    }

    @Test func `a name is decoded once, and what is no name is refused`() async throws {
        try await Node.with { node in
            let kept = [
                ("%2525", "%25"), ("%252F", "%2F"), ("..", ".."), ("%2e%2E", ".."), ("a+b", "a+b"), ("%2B", "+"),
            ]
            for (path, name) in kept {
                let answer = try await node.answer(RawConnection.post("/rooms/\(path)/messages", "{}"))
                #expect(answer.status == 201 && answer.body.contains("\"room\":\"\(name)\""), "\(path): \(answer)")
            }
            let refused = [
                "%c0%af", "%c0%80", "%e0%80%af", "%ed%a0%80", "%f4%90%80%80", "%u0041", "%2", "%", "%%", "%0", "%g1",
                "%2f", "%00", "%0a", "%7f", "%c2%85", "a%2f..%2fb", "%ff", "%f0%9f%92",
            ]
            for path in refused {
                let answer = try await node.answer(RawConnection.post("/rooms/\(path)/messages", "{}"))
                #expect(answer.status == 400, "\(path): \(answer)")
                let stream = try await node.answer("GET", "/events?room=\(path)")
                #expect(stream.status == 400, "\(path): \(stream)")
            }
            for path in ["/rooms/a/../b/messages", "/./chat", "/rooms/a/./messages", "/%63hat/", "/chat/..", "/chat;x"]
            {
                #expect(try await node.answer(RawConnection.post(path, "{}")).status == 404, "\(path)")
            }
        }
    }
}
