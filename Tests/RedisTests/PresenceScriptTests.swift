import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

/// The account of who is where, as Redis keeps it.
@Suite struct PresenceScriptTests {
    private struct Account {
        let client: ScriptClient
        let redis: RedisServer
        let room: Room
        let limit: Int

        func update(
            _ node: String,
            _ streams: Int? = nil,
            _ users: [String: Int] = [:],
            isNew: Bool = false,
            lease: Duration = .seconds(60)
        ) async throws -> PresenceAnswer {
            let holdings = streams.map { streams in
                [
                    PresenceUpdate.Holding(
                        room: room,
                        streams: streams,
                        users: users.map { .init(name: $0, streams: $1) }
                    )
                ]
            }
            let update = PresenceUpdate(node: node, isNew: isNew, lease: lease, limit: limit, holdings: holdings ?? [])
            let reply = try await client.send(PresenceScripts.update(update, names: client.names))
            var reader = reply.reader
            return try reader.slice().flatMap { PresenceScripts.readAnswer($0) }.orThrow(reply)
        }

        func sweep(_ node: String, count: Int = 1_000) async throws -> String {
            let command = PresenceScripts.sweep(node, limit: limit, names: client.names, count: count)
            let reply = try await client.send(command)
            var reader = reply.reader
            return try reader.string().orThrow(reply)
        }

        func presence() async throws -> Presence {
            let reply = try await client.send(
                PresenceScripts.presence(in: room, limit: limit, names: client.names)
            )
            var reader = reply.reader
            return try reader.slice().flatMap { PresenceScripts.readPresence($0) }.orThrow(reply)
        }

        /// Has listeners told of what is due, as if its time had come.
        func tell() async throws {
            try await redis.command("ZADD", "\(client.names.presence):due", "XX", "0", room.name)
            _ = try await update("teller", isNew: true)
        }

        /// What is noted and not told yet.
        func news() async throws -> [String] {
            try await redis.command("HGETALL", "\(client.names.presence):news:\(room.name)")
                .split(separator: "\n").map(String.init)
        }
    }

    private func with(limit: Int = 200, _ body: (Account) async throws -> Void) async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            try await body(Account(client: client, redis: redis, room: try .of("a {b} 聊"), limit: limit))
            try await client.channel.close().get()
        }
    }

    @Test func `a user of two nodes is one, and gone with the last`() async throws {
        try await with { account in
            _ = try await account.update("n1", 2, ["ann": 2], isNew: true)
            _ = try await account.update("n2", 2, ["ann": 1], isNew: true)
            let users = [Presence.User(name: "ann", streams: 3)]
            #expect(try await account.presence() == Presence(streams: 4, users: users))
            try await account.tell()
            _ = try await account.update("n1", 0, ["ann": 0])
            #expect(try await account.news() == [])
            _ = try await account.update("n2", 1, ["ann": 0])
            #expect(try await account.news() == ["ann", "-"])
            _ = try await account.update("n1", 1, ["ann": 1])
            #expect(try await account.news() == [])
            #expect(try await account.presence().streams == 2)
        }
    }

    @Test func `saying the same again changes nothing`() async throws {
        try await with { account in
            for isNew in [true, false, false] { _ = try await account.update("n1", 3, ["ann": 2], isNew: isNew) }
            let users = [Presence.User(name: "ann", streams: 2)]
            #expect(try await account.presence() == Presence(streams: 3, users: users))
        }
    }

    @Test func `what a dead node held is taken out piece by piece, and the node cannot come back under its name`()
        async throws
    {
        try await with { account in
            _ = try await account.update("n1", 3, ["ann": 1, "bo": 1, "cy": 1], isNew: true, lease: .zero)
            let answer = try await account.update("n2", 1, ["bo": 1], isNew: true)
            #expect(answer.isKnown && answer.expired == "n1")
            try await account.tell()
            #expect(try await account.sweep("n2") == "none")
            #expect(try await account.sweep("n1", count: 2) == "more")
            #expect(try await account.update("n1", 3).isKnown == false)
            #expect(try await account.sweep("n1") == "none")
            #expect(try await account.sweep("n1") == "none")
            #expect(try await account.update("n1", 3).isKnown == false)
            let users = [Presence.User(name: "bo", streams: 1)]
            #expect(try await account.presence() == Presence(streams: 1, users: users))
            #expect(try await account.news().count == 4)
            #expect(try await account.update("n2").expired == nil)
        }
    }

    @Test func `a node that Redis does not know any more has to say everything`() async throws {
        try await with { account in
            _ = try await account.update("n1", 1, ["ann": 1], isNew: true)
            try await account.redis.command("FLUSHALL")
            #expect(try await account.update("n1").isKnown == false)
        }
    }

    @Test func `a lease that has ended and that nobody has noticed can be renewed`() async throws {
        try await with { account in
            _ = try await account.update("n1", 1, ["ann": 1], isNew: true, lease: .zero)
            #expect(try await account.update("n1").isKnown)
            #expect(try await account.sweep("n1") == "none")
            #expect(try await account.presence().streams == 1)
        }
    }

    @Test func `of too many users nothing is noted or listed`() async throws {
        try await with(limit: 2) { account in
            _ = try await account.update("n1", 3, ["ann": 1, "bo": 1, "cy": 1], isNew: true)
            #expect(try await account.presence() == Presence(streams: 3, users: []))
            try await account.tell()
            #expect(try await account.news() == [])
        }
    }

    @Test func `everything goes away in the end, and an empty room at once`() async throws {
        try await with { account in
            _ = try await account.update("n1", 1, ["ann": 1], isNew: true)
            try await account.tell()
            _ = try await account.update("n1", 0, ["ann": 0])
            _ = try await account.update("n1", 1, ["bo": 1])
            for key in try await account.redis.command("KEYS", "*").split(separator: "\n").map(String.init) {
                let rest = try #require(Int(try await account.redis.command("PTTL", key)))
                #expect(rest > 0 && rest <= 3 * 3_600_000, "\(key)")
            }
            _ = try await account.update("n1", 0, ["bo": 0])
            try await account.tell()
            let keys = try await account.redis.command("KEYS", "*").split(separator: "\n")
            #expect(keys.map { String($0) } == ["\(account.client.names.presence):nodes"])
        }
    }
}
