import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

/// The account of who is where, as Redis keeps it.
@Suite struct PresenceScriptTests {
    @Test func `a user of two nodes is one, and gone with the last`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n1", 2, [("ann", 2)], isNew: true)
            try await account.update("n2", 2, [("ann", 1)], isNew: true)
            let users = [Presence.User(name: "ann", streams: 3)]
            #expect(try await account.presence() == Presence(streams: 4, users: users))
            #expect(try await account.presence(besides: ["n1"]).users == [.init(name: "ann", streams: 1)])
            #expect(try await account.presence(besides: ["n1", "n2"]) == Presence(streams: 0, users: []))
            try await account.tell()
            try await account.update("n1", 0, [("ann", 0)])
            #expect(try await account.news() == [])
            try await account.update("n2", 1, [("ann", 0)])
            #expect(try await account.news() == ["-ann"])
            try await account.update("n1", 1, [("ann", 1)])
            #expect(try await account.news() == [])
            #expect(try await account.presence().streams == 2)
        }
    }

    @Test func `saying the same again changes nothing`() async throws {
        try await PresenceAccount.with { account in
            for isNew in [true, false, false] { try await account.update("n1", 3, [("ann", 2)], isNew: isNew) }
            let users = [Presence.User(name: "ann", streams: 2)]
            #expect(try await account.presence() == Presence(streams: 3, users: users))
        }
    }

    @Test func `what was said earlier and comes later is not taken over`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n1", 3, [("ann", 2)], serial: 7, isNew: true)
            #expect(try await account.raw("n1", 1, [("ann", 1)], serial: 6, isNew: false) == "late")
            #expect(try await account.raw("n1", 1, [("ann", 1)], serial: 7, isNew: true) == "late")
            #expect(try await account.presence().streams == 3)
        }
    }

    @Test func `rooms and users are told apart whatever their names are`() async throws {
        try await PresenceAccount.with { account in
            let names = ["a", "a0", "a ", "a/b", "0", "/", "聊", "e\u{301}", "\u{E9}", "]", "[", "(", "-", "+"]
            let rooms = names.filter { !$0.contains("/") }
            for (index, room) in rooms.enumerated() {
                let users = names.map { ($0, index + 1) }
                try await account.update("n1", 100 + index, users, in: room, isNew: index == 0)
            }
            for (index, room) in rooms.enumerated() {
                let presence = try await account.presence(in: room)
                #expect(presence.streams == 100 + index)
                let users = try #require(presence.users)
                #expect(users.count == names.count && users.allSatisfy { $0.streams == index + 1 })
                // As bytes: some of them look alike.
                #expect(Set(users.map { Array($0.name.utf8) }) == Set(names.map { Array($0.utf8) }))
            }
        }
    }

    @Test func `what a dead node held is taken out piece by piece, and the node cannot come back under its name`()
        async throws
    {
        try await PresenceAccount.with { account in
            let first = try await account.update("n1", 3, [("ann", 1), ("bo", 1), ("cy", 1)], serial: 5, isNew: true)
            #expect(first.nodes == [.init(name: "n1", renewal: 5)])
            let answer = try await account.update("n2", 1, [("bo", 1)], serial: 9, isNew: true)
            #expect(answer.nodes == [.init(name: "n1", renewal: 5), .init(name: "n2", renewal: 9)])
            try await account.tell()
            #expect(try await account.sweep("n1", at: 4) == "none")
            #expect(try await account.sweep("n1", at: 5, count: 2) == "more")
            #expect(try await account.update("n1", 3).isKnown == false)
            #expect(try await account.sweep("n1", at: 5) == "none")
            #expect(try await account.sweep("n1", at: 0) == "none")
            #expect(try await account.sweep("n1", at: 0) == "none")
            #expect(try await account.update("n1", 3).isKnown == false)
            let users = [Presence.User(name: "bo", streams: 1)]
            #expect(try await account.presence() == Presence(streams: 1, users: users))
            #expect(try await account.news() == ["-ann", "-cy"])
            #expect(try await account.update("n2").nodes.map(\.name) == ["n2"])
        }
    }

    @Test func `a node that has shown that it lives is not taken out, and one that goes says how long its users stay`()
        async throws
    {
        try await PresenceAccount.with { account in
            try await account.update("n1", 1, [("ann", 1)], serial: 1, isNew: true)
            try await account.update("n1", serial: 2)
            #expect(try await account.sweep("n1", at: 1) == "none")
            #expect(try await account.presence().streams == 1)
            try await account.retire("n1", after: .seconds(5))
            try await account.retire("n3", after: .seconds(5))
            #expect(try await account.update("n2", isNew: true).nodes.first == .init(name: "n1", renewal: -5_001))
            #expect(try await account.sweep("n1", at: -5_001) == "none")
            #expect(try await account.presence() == Presence(streams: 0, users: []))
        }
    }

    @Test func `a node that Redis does not know any more, or knows from another history, has to say everything`()
        async throws
    {
        try await PresenceAccount.with { account in
            try await account.update("n1", 1, [("ann", 1)], isNew: true)
            try await account.epoch("other")
            #expect(try await account.update("n1").isKnown == false)
            #expect(try await account.update("n2", isNew: true).epoch == "other")
            try await account.redis.command("FLUSHALL")
            #expect(try await account.raw("n1", isNew: false) == "wait")
            try await account.epoch("epoch1")
            #expect(try await account.update("n1").isKnown == false)
        }
    }

    @Test func `what is said under a new name is taken from the old one, and nobody has left or come`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n1", 3, [("ann", 1), ("bo", 2)], serial: 4, isNew: true)
            try await account.tell()
            try await account.update("n2", 2, [("bo", 1)], isNew: true, replaced: "n1")
            let users = [Presence.User(name: "ann", streams: 1), .init(name: "bo", streams: 1)]
            #expect(try await account.presence() == Presence(streams: 2, users: users))
            #expect(try await account.news() == [])
            #expect(try await account.sweep("n1", at: 4) == "none")
            #expect(try await account.presence() == Presence(streams: 2, users: [users[1]]))
            #expect(try await account.news() == ["-ann"])
        }
    }

    @Test func `who went while all was lost is told to have gone, after everybody had the time to say who is there`()
        async throws
    {
        try await PresenceAccount.with { account in
            try await account.update("n2", 1, [("ann", 0), ("bo", 1)], isNew: true, replaced: "n1")
            #expect(try await account.news() == ["+bo", "-ann"])
            let next = try #require(try await account.update("n2").next)
            #expect(next > .seconds(2) && next <= .seconds(4))
            try await account.update("n3", 1, [("ann", 1)], isNew: true)
            #expect(try await account.news() == ["+bo"])
        }
    }

    @Test func `who goes before it was told that he is back is told to have gone`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n2", 2, [("ann", 1), ("bo", 1)], isNew: true, replaced: "n1")
            try await account.update("n2", 1, [("ann", 0)])
            #expect(try await account.news() == ["+bo", "-ann"])
            try await account.tell()
            try await account.update("n2", 2, [("cy", 1)])
            try await account.update("n2", 1, [("cy", 0)])
            #expect(try await account.news() == [])
        }
    }

    @Test func `of too many users nothing is noted or listed`() async throws {
        try await PresenceAccount.with(limit: 2) { account in
            try await account.update("n1", 3, [("ann", 1), ("bo", 1), ("cy", 1)], isNew: true)
            #expect(try await account.presence() == Presence(streams: 3, users: nil))
            try await account.tell()
            #expect(try await account.news() == [])
        }
    }

    @Test func `what is said of many users and rooms at once is all taken over`() async throws {
        try await PresenceAccount.with(limit: 1_000) { account in
            let users = (0..<500).map { ("user \($0)", 2) }
            try await account.update("n1", 1_000, users, isNew: true)
            #expect(try await account.presence().users?.count == 500)
            #expect(try await account.sweep("n1", at: account.serial, count: 1_000) == "none")
            #expect(try await account.presence() == Presence(streams: 0, users: []))
        }
    }

    @Test func `everything goes away in a minute, and of who is gone at once`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n1", 1, [("ann", 1)], isNew: true)
            try await account.tell()
            try await account.update("n1", 1, [("ann", 0), ("bo", 1)])
            let names = ["nodes", "rooms", "users", "streams", "came", "gone", "due", "of:n1"]
            #expect(try await account.keys() == names.sorted())
            for name in names {
                let key = "\(account.client.names.presence):\(name)"
                let rest = try #require(Int(try await account.redis.command("PTTL", key)))
                #expect(rest > 0 && rest <= 60_000, "\(name)")
            }
            try await account.update("n1", 0, [("bo", 0)])
            try await account.tell()
            #expect(try await account.keys() == ["nodes"])
            try await account.update("n1", isLast: true)
            #expect(try await account.keys() == [])
        }
    }

    @Test func `a clock that was set back does not keep what is due`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n1", 1, [("ann", 1)], isNew: true)
            try await account.tell()
            // As if all that had been an hour ahead.
            let rooms = "\(account.client.names.presence):rooms"
            let field = account.room.name
            let known = try await account.redis.command("HGET", rooms, field).split(separator: " ").map(String.init)
            let ahead = String(try #require(Int(known[2])) + 3_600_000)
            try await account.redis.command("HSET", rooms, field, "1 1 \(ahead) 1 0")
            try await account.redis.command("ZADD", "\(account.client.names.presence):due", ahead, field)
            try await account.update("n1", 2, [("bo", 1)])
            #expect(try await account.update("n1", serial: 1_001).next.map { $0 > .seconds(3_000) } == true)
            try await account.update("n1", serial: 1_004)
            #expect(try await account.update("n1", serial: 1_005).next == nil)
            #expect(try await account.news() == [])
        }
    }

    @Test func `a crowd that comes at once is told of once, when it is there`() async throws {
        try await PresenceAccount.with { account in
            try await account.update("n1", 400, isNew: true)
            #expect(try await account.due() == nil)
            try await account.update("n1", 3_000)
            let early = try #require(try await account.due())
            try await account.update("n1", 9_000)
            #expect(try await account.due() == early + 6_000)
            try await account.update("n1", 6_000, in: "b")
            #expect(try await account.due(in: "b") != nil)
        }
    }
}
