import Foundation
import IntegrationSupport
import Testing

/// What a node of the previous version and one of the present version make of each other, on one Redis.
@Suite(.serialized) struct MixedVersionsTests {
    /// A node of each version.
    private struct Pair {
        var previous: GatewayProcess
        var present: GatewayProcess
        var redis: RedisServer

        /// Each of the two first once, the other one second.
        var bothWays: [(from: GatewayProcess, to: GatewayProcess)] { [(previous, present), (present, previous)] }

        static func with(_ options: [String] = [], _ body: (Pair) async throws -> Void) async throws {
            try await RedisServer.with { redis in
                let (previous, present) = (try Versions.previous, try Versions.present)
                let optional = [(name: "--presence", value: "on")]
                let pair = Pair(
                    previous: try await GatewayProcess(
                        options + Versions.known(optional, to: previous),
                        redis: redis,
                        program: previous
                    ),
                    present: try await GatewayProcess(
                        options + Versions.known(optional, to: present),
                        redis: redis,
                        program: present
                    ),
                    redis: redis
                )
                try await body(pair)
                await pair.previous.child.kill()
                await pair.present.child.kill()
            }
        }
    }

    private func stream(_ node: GatewayProcess, _ path: String, _ fields: [String] = []) async throws -> RawConnection {
        let connection = try await RawConnection(port: try node.port)
        try await connection.request("GET", path, fields)
        let head = try await connection.head()
        try #require(head.status == 200, "\(head)")
        return connection
    }

    private func messages(_ count: Int, of stream: RawConnection) async throws -> [RawEvent] {
        var events: [RawEvent] = []
        while events.count < count {
            let event = try await stream.event()
            guard !event.isComment, event.event != "ready", event.event != "typing" else { continue }
            events.append(event)
        }
        return events
    }

    @Test func `messages travel both ways, and both versions make the same bytes of them`() async throws {
        try await Pair.with { nodes in
            let streams = [
                try await stream(nodes.previous, "/rooms/hall/events"),
                try await stream(nodes.present, "/events?room=hall&room=kitchen"),
            ]
            for number in 0..<20 {
                let node = number % 2 == 0 ? nodes.previous : nodes.present
                let json = #"{"n":\#(number),"text":"1e400 聊天 \u0041"}"#
                #expect(try await Curl.post(json, to: "\(node.url)/rooms/hall/messages").status == 201)
            }
            let heard = [try await messages(20, of: streams[0]), try await messages(20, of: streams[1])]
            #expect(heard[0] == heard[1])
            #expect(heard[0].allSatisfy { $0.names == ["data", "id"] })
            var pages: [String] = []
            for node in [nodes.previous, nodes.present] {
                pages.append(try await Curl.answer("\(node.url)/rooms/hall/messages?limit=50").body)
            }
            #expect(pages[0] == pages[1])
        }
    }

    @Test func `a message that is posted again with its id at the other version stays one`() async throws {
        try await Pair.with { nodes in
            for (index, way) in nodes.bothWays.enumerated() {
                let path = "/rooms/hall/messages"
                let json = #"{"id":"order-\#(index)","text":"once"}"#
                let first = try await Curl.post(json, to: way.from.url + path)
                let second = try await Curl.post(json, to: way.to.url + path)
                #expect(first.status == 201 && second.status == 200)
                #expect(first.body == second.body)
            }
        }
    }

    @Test func `a stream goes on at the other version where it ended, whole`() async throws {
        try await Pair.with { nodes in
            for (index, way) in nodes.bothWays.enumerated() {
                let path = "/rooms/hall-\(index)"
                func post(_ number: Int) async throws {
                    let answer = try await Curl.post("{\"n\":\(number)}", to: "\(way.from.url)\(path)/messages")
                    #expect(answer.status == 201)
                }
                let before = try await stream(way.from, path + "/events")
                try await post(0)
                let cursor = try #require(try await messages(1, of: before)[0].id)
                await before.close()
                for number in 1...5 { try await post(number) }
                let after = try await stream(way.to, path + "/events", ["Last-Event-ID: \(cursor)"])
                let ready = try await after.event()
                #expect(ready.data.contains(#""resumed":true"#))
                let heard = try await messages(5, of: after)
                for (number, event) in zip(1..., heard) { #expect(event.data.contains("\"n\":\(number)}")) }
            }
        }
    }

    @Test func `tickets, resume tokens and an operator's orders of one version hold at the other`() async throws {
        let issuer = TokenIssuer.ed25519()
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        try Data(issuer.published.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await Pair.with(["--auth", "jwt", "--jwt-key-file", file.path]) { nodes in
            for (index, way) in nodes.bothWays.enumerated() {
                let user = "user-\(index)"
                let shown = "Authorization: Bearer \(try issuer.token(user, read: ["hall"], write: ["hall"]))"
                let ticket = try await Curl.answer("\(way.from.url)/tickets", ["-X", "POST", "-H", shown])
                let name = try #require(ticket.body.firstMatch(of: /"ticket":"([^"]+)"/)).output.1
                let opened = try await stream(way.to, "/rooms/hall/events?ticket=\(name)")
                let token = try #require(try await opened.event().data.firstMatch(of: /"resume":"([^"]+)"/)).output.1
                let resumed = try await stream(way.from, "/rooms/hall/events?resume=\(token)")

                let order = #"{"user":"\#(user)","bar":"1h"}"#
                let answer = try await Curl.post(order, to: try await way.from.opsURL + "/admin/disconnect")
                #expect(answer.body == #"{"nodes":2}"#)
                for stream in [opened, resumed] { #expect(try await stream.end().contains("kicked")) }
                let barred = try await Curl.answer("\(way.to.url)/rooms/hall/events", ["-H", shown])
                #expect(barred.status == 204)
            }
        }
    }

    @Test func `both versions tell who is typing, wherever he is`() async throws {
        try await Pair.with { nodes in
            for (index, way) in nodes.bothWays.enumerated() {
                let path = "/rooms/hall-\(index)"
                let streams = [
                    try await stream(way.from, "\(path)/events"), try await stream(way.to, "\(path)/events"),
                ]
                let typing = try await Curl.post(#"{"user":"ann"}"#, to: "\(way.from.url)\(path)/typing")
                #expect(typing.status == 202)
                for stream in streams {
                    var event = try await stream.event()
                    while event.event != "typing" { event = try await stream.event() }
                    #expect(event.data == #"{"room":"hall-\#(index)","user":"ann"}"#)
                }
            }
        }
    }

    @Test func `nodes whose keys of presence have one version count each other's streams`() async throws {
        try await Pair.with { nodes in
            let streams = [
                try await stream(nodes.previous, "/rooms/hall/events?user=ann"),
                try await stream(nodes.present, "/rooms/hall/events?user=bob"),
            ]
            func versions() async throws -> Set<Substring> {
                let names = try await nodes.redis.command("KEYS", "*presence:*")
                return Set(names.matches(of: /presence:(\d+)/).map(\.output.1))
            }
            try await eventually("both nodes have said whom they have") {
                let isShared = try await versions().count == 1
                let (ann, bob) = (#"{"user":"ann","streams":1}"#, #"{"user":"bob","streams":1}"#)
                let (first, second) = isShared ? (ann + "," + bob, ann + "," + bob) : (ann, bob)
                let answers = [
                    try await Curl.answer("\(nodes.previous.url)/rooms/hall/presence").body,
                    try await Curl.answer("\(nodes.present.url)/rooms/hall/presence").body,
                ]
                let count = isShared ? 2 : 1
                return answers == [first, second].map { "{\"streams\":\(count),\"users\":[\($0)]}" }
            }
            for stream in streams { await stream.close() }
        }
    }
}
