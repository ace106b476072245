import IntegrationSupport
import Testing

/// Who is in a room, when nodes or Redis go away.
@Suite struct PresenceFaultTests {
    private static let account = "cg:0:{0}:presence:2"

    /// Waits until Redis has these users and no others, and as many nodes.
    private func account(
        of redis: RedisServer,
        has users: Set<String>,
        nodes: Int,
        within limit: Duration = .seconds(30)
    ) async throws {
        try await eventually("Redis knows of \(users)", within: limit) {
            let known = try await redis.command("HKEYS", "\(Self.account):streams").split(separator: "\n")
            let count = try await redis.command("ZCARD", "\(Self.account):nodes")
            return Set(known.map { String($0.dropFirst("r/".count)) }) == users && count == "\(nodes)"
        }
    }

    @Test func `users are the same on all nodes, and those of a killed node leave once`() async throws {
        try await RedisServer.with { redis in
            let options = ["--presence-grace", "500ms"]
            let a = try await GatewayProcess(["--node", "a"] + options, redis: redis)
            let b = try await GatewayProcess(["--node", "b"] + options, redis: redis)
            let watcher = try await a.stream("watcher")
            #expect(try await watcher.presence().joined == ["watcher"])
            let ann = [try await a.stream("ann"), try await b.stream("ann")]
            #expect(try await watcher.presence().joined == ["ann"])
            let bo = try await b.stream("bo")
            #expect(try await watcher.presence().joined == ["bo"])
            for node in [a, b] {
                try await eventually("all are there") {
                    try await node.presence()?.users.map(\.streams) == [2, 1, 1]
                }
            }
            await b.child.kill()
            // Of ann there is a stream left.
            let left = try await watcher.presence(within: .seconds(30))
            #expect(left == PresenceTold(room: "r", streams: 2, joined: [], left: ["bo"]))
            let again = try await a.stream("bo")
            #expect(
                try await watcher.presence() == PresenceTold(room: "r", streams: 3, joined: ["bo"], left: [])
            )
            for stream in ann + [bo, again, watcher] { await stream.close() }
            await a.child.kill()
        }
    }

    @Test func `a stopped node hands its users on, and nothing of it stays behind`() async throws {
        try await RedisServer.with { redis in
            let a = try await GatewayProcess(["--node", "a", "--drain", "200ms"], redis: redis)
            let b = try await GatewayProcess(["--node", "b"], redis: redis)
            let watcher = try await b.stream("watcher")
            let ann = try await a.stream("ann")
            try await account(of: redis, has: ["ann", "watcher"], nodes: 2)
            await a.child.stop()
            let back = try await b.stream("ann")
            try await account(of: redis, has: ["ann", "watcher"], nodes: 1)
            let cy = try await b.stream("cy")
            var heard: PresenceTold
            repeat {
                heard = try await watcher.presence()
                #expect(heard.left == [])
            } while !heard.joined.contains("cy")
            for stream in [ann, back, cy, watcher] { await stream.close() }
            try await eventually("nobody is known any more", within: .seconds(30)) {
                try await redis.command("KEYS", "\(Self.account):*").isEmpty
            }
            await b.child.kill()
        }
    }

    @Test func `a Redis that comes back empty is told everything again, and listeners who went meanwhile`() async throws
    {
        try await RedisServer.with { redis in
            let options = ["--presence-grace", "300ms"]
            let a = try await GatewayProcess(["--node", "a"] + options, redis: redis)
            let b = try await GatewayProcess(["--node", "b"] + options, redis: redis)
            let watcher = try await a.stream("watcher")
            let ann = try await b.stream("ann")
            let bo = try await b.stream("bo")
            try await account(of: redis, has: ["ann", "bo", "watcher"], nodes: 2)
            await redis.kill()
            await bo.close()
            try await redis.start()
            try await account(of: redis, has: ["ann", "watcher"], nodes: 2)
            for node in [a, b] {
                try await eventually("both are there") { try await node.presence()?.names == ["ann", "watcher"] }
            }
            var heard: PresenceTold
            repeat { heard = try await watcher.presence(within: .seconds(30)) } while heard.left.isEmpty
            #expect(heard.left == ["bo"] && heard.streams == 2)
            for stream in [ann, watcher] { await stream.close() }
            for node in [a, b] { await node.child.kill() }
        }
    }

    @Test func `a Redis that comes back with older data is soon right, without ghosts`() async throws {
        try await RedisServer.with { redis in
            let options = ["--presence-grace", "300ms"]
            let a = try await GatewayProcess(["--node", "a"] + options, redis: redis)
            let b = try await GatewayProcess(["--node", "b"] + options, redis: redis)
            let watcher = try await a.stream("watcher")
            let early = try await a.stream("early")
            let ghost = try await b.stream("ghost")
            try await account(of: redis, has: ["early", "ghost", "watcher"], nodes: 2)
            try await redis.command("SAVE")
            await early.close()
            let late = try await a.stream("late")
            try await account(of: redis, has: ["ghost", "late", "watcher"], nodes: 2)
            await b.child.kill()
            await redis.kill()
            try await redis.start()
            #expect(try await redis.command("HEXISTS", "\(Self.account):streams", "r/ghost") == "1")
            try await account(of: redis, has: ["late", "watcher"], nodes: 1)
            #expect(try await a.presence()?.names == ["late", "watcher"])
            var left: Set<String> = []
            while !left.contains("ghost") { left.formUnion(try await watcher.presence(within: .seconds(30)).left) }
            #expect(left.isSubset(of: ["early", "ghost"]))
            for stream in [late, ghost, watcher] { await stream.close() }
            await a.child.kill()
        }
    }
}
