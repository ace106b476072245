import ChatGateway
import Foundation
import IntegrationSupport
import Testing

/// Who is in a room: what listeners are told, and what is answered.
@Suite struct PresenceTests {
    private struct Told: Decodable, Equatable {
        var room: String
        var streams: Int
        var joined: [String]
        var left: [String]
    }

    private struct Asked: Decodable, Equatable {
        struct User: Decodable, Equatable {
            var user: String
            var streams: Int
        }
        var streams: Int
        var users: [User]
    }

    private func on(_ configuration: inout GatewayConfiguration) {
        configuration.presence = .on
        configuration.presenceGrace = .milliseconds(300)
    }

    /// What a stream is told until somebody has come or gone, and that.
    private func told(_ stream: RawConnection, within limit: Duration = .seconds(10)) async throws -> Told {
        let deadline = ContinuousClock.now + limit
        while true {
            let event = try await stream.event(within: deadline - .now, withPresence: true)
            guard event.event == "presence" else { continue }
            #expect(event.names == ["event", "data"])
            let told = try JSONDecoder().decode(Told.self, from: Data(event.data.utf8))
            if !told.joined.isEmpty || !told.left.isEmpty { return told }
        }
    }

    private func asked(_ body: String) throws -> Asked { try JSONDecoder().decode(Asked.self, from: Data(body.utf8)) }

    @Test func `listeners hear of users, not of their tabs, and not of who comes right back`() async throws {
        try await Node.with(on) { node in
            let (ann, _) = try await node.stream("/chat?user=ann")
            #expect(try await told(ann) == Told(room: "lobby", streams: 1, joined: ["ann"], left: []))
            let (tab, _) = try await node.stream("/chat?user=ann")
            let (bo, _) = try await node.stream("/events?room=lobby&room=x&user=bo")
            let joined = try await told(ann)
            #expect(joined.joined == ["bo"] && joined.left == [])
            try await eventually("all are counted") {
                let answer = try await node.answer("GET", "/rooms/lobby/presence")
                #expect(answer.status == 200 && answer["content-type"] == "application/json")
                return try asked(answer.body)
                    == Asked(streams: 3, users: [.init(user: "ann", streams: 2), .init(user: "bo", streams: 1)])
            }
            await tab.close()
            await bo.close()
            let (back, _) = try await node.stream("/chat?user=bo")
            await back.close()
            // Of what came before nobody is told, or it would be first.
            #expect(try await told(ann) == Told(room: "lobby", streams: 1, joined: [], left: ["bo"]))
            let rest = try asked(try await node.answer("GET", "/rooms/lobby/presence").body)
            #expect(rest == Asked(streams: 1, users: [.init(user: "ann", streams: 1)]))
            #expect(try asked(try await node.answer("GET", "/rooms/x/presence").body).streams == 0)
            await ann.close()
        }
    }

    @Test func `who has no name is counted, and of too many only the number is told`() async throws {
        try await Node.with({
            on(&$0)
            $0.presenceLimit = 1
        }) { node in
            let streams = [
                try await node.stream("/chat").0, try await node.stream("/chat?user=ann").0,
                try await node.stream("/chat?user=bo").0,
            ]
            var told: RawEvent
            repeat { told = try await streams[0].event(withPresence: true) } while !told.data.contains("\"streams\":3")
            #expect(told.event == "presence" && told.data == #"{"room":"lobby","streams":3,"joined":[],"left":[]}"#)
            let answer = try await node.answer("GET", "/rooms/lobby/presence")
            #expect(answer.body == #"{"streams":3,"users":[]}"#)
            for stream in streams { await stream.close() }
        }
    }

    @Test func `it takes the right to read, and shows the token's user`() async throws {
        try await Node.withTokens(on) { node, issuer in
            let ann = bearer(try issuer.token("ann", read: ["lobby"], write: []))
            let (stream, _) = try await node.stream("/chat?user=bo", [ann])
            #expect(try await told(stream).joined == ["ann"])
            #expect(try await node.answer("GET", "/rooms/lobby/presence").status == 401)
            #expect(try await node.answer("GET", "/rooms/other/presence", [ann]).status == 403)
            let answer = try await node.answer("GET", "/rooms/lobby/presence", [ann])
            #expect(answer.body == #"{"streams":1,"users":[{"user":"ann","streams":1}]}"#)
            await stream.close()
        }
    }

    @Test func `where it is off nobody is told or asked`() async throws {
        try await Node.with { node in
            let (stream, _) = try await node.stream("/chat?user=ann")
            #expect(try await node.answer("GET", "/rooms/lobby/presence").status == 404)
            await stream.close()
        }
    }

    @Test func `users are the same on all nodes, and those of a killed node leave once`() async throws {
        try await RedisServer.with { redis in
            let options = ["--presence-grace", "500ms"]
            let a = try await GatewayProcess(["--node", "a", "--presence", "on"] + options, redis: redis)
            let b = try await GatewayProcess(["--node", "b", "--presence", "on"] + options, redis: redis)
            let watcher = try await open(a, "watcher")
            #expect(try await told(watcher).joined == ["watcher"])
            let ann = [try await open(a, "ann"), try await open(b, "ann")]
            #expect(try await told(watcher).joined == ["ann"])
            let bo = try await open(b, "bo")
            #expect(try await told(watcher).joined == ["bo"])
            for node in [a, b] {
                let answer = try await Curl.answer("\(node.url)/rooms/r/presence")
                #expect(try asked(answer.body).users.map(\.streams) == [2, 1, 1])
            }
            await b.child.kill()
            // Of ann there is a stream left.
            let left = try await told(watcher, within: .seconds(30))
            #expect(left == Told(room: "r", streams: 2, joined: [], left: ["bo"]))
            let again = try await open(a, "bo")
            #expect(try await told(watcher) == Told(room: "r", streams: 3, joined: ["bo"], left: []))
            for stream in ann + [bo, again, watcher] { await stream.close() }
            await a.child.kill()
        }
    }

    @Test func `a node that Redis has forgotten says everything again, and a stopped one hands its users on`()
        async throws
    {
        try await RedisServer.with { redis in
            let a = try await GatewayProcess(["--node", "a", "--presence", "on", "--drain", "200ms"], redis: redis)
            let b = try await GatewayProcess(["--node", "b", "--presence", "on"], redis: redis)
            let watcher = try await open(b, "watcher")
            let ann = try await open(a, "ann")
            try await eventually("both are there", within: .seconds(20)) {
                try asked(try await Curl.answer("\(b.url)/rooms/r/presence").body).users.count == 2
            }
            try await redis.command("FLUSHALL")
            try await eventually("both are there again", within: .seconds(20)) {
                let answer = try await Curl.answer("\(b.url)/rooms/r/presence")
                guard answer.status == 200 else { return false }
                return try asked(answer.body).users.count == 2
            }
            await a.child.stop()
            let back = try await open(b, "ann")
            try await eventually("the stopped node's lease is over", within: .seconds(30)) {
                try await redis.command("ZCARD", "cg:0:{0}:presence:1:nodes") == "1"
            }
            let cy = try await open(b, "cy")
            var heard: Told
            repeat {
                heard = try await told(watcher)
                #expect(heard.left == [])
            } while heard.joined != ["cy"]
            for stream in [ann, back, cy, watcher] { await stream.close() }
            await b.child.kill()
        }
    }

    private func open(_ node: GatewayProcess, _ user: String) async throws -> RawConnection {
        let stream = try await RawConnection(port: node.port)
        try await stream.request("GET", "/rooms/r/events?user=\(user)")
        _ = try await stream.ready()
        return stream
    }
}
