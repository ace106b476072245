import ChatGateway
import IntegrationSupport
import NIOCore
import Synchronization

@testable import ChatGatewayRedis

/// An account of who is where, in a real Redis, as nodes keep it with the script.
final class PresenceAccount: Sendable {
    let client: ScriptClient
    let redis: RedisServer
    let room: Room
    private let limit: Int
    private let hash: String
    private let count = Mutex<Int64>(100)

    private init(_ client: ScriptClient, _ redis: RedisServer, limit: Int, hash: String) throws {
        self.client = client
        self.redis = redis
        self.limit = limit
        self.hash = hash
        room = try .of("a {b} 聊")
    }

    static func with(limit: Int = 200, _ body: (PresenceAccount) async throws -> Void) async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let reply = try await client.send("SCRIPT", "LOAD", PresenceScript.text)
            var reader = reply.reader
            let hash = try reader.string().orThrow(reply)
            let account = try PresenceAccount(client, redis, limit: limit, hash: hash)
            try await account.epoch("epoch1")
            try await body(account)
            try await client.channel.close().get()
        }
    }

    /// The number of the last update, unless that was given.
    var serial: Int64 { count.withLock { $0 } }

    /// Sets the history that Redis is in.
    func epoch(_ name: String) async throws {
        try await redis.command("HSET", client.names.state, "epoch", name)
    }

    /// What an update is answered, as it is.
    func raw(
        _ node: String,
        _ streams: Int? = nil,
        _ users: [(String, Int)] = [],
        in name: String? = nil,
        serial: Int64? = nil,
        isNew: Bool,
        isLast: Bool = false,
        replaced: String? = nil
    ) async throws -> String {
        let room = try name.map { try Room.of($0) } ?? self.room
        let holdings = streams.map { streams in
            [PresenceUpdate.Holding(room: room, streams: streams, users: users.map { .init(name: $0, streams: $1) })]
        }
        let next = count.withLock { count in
            count += 1
            return count
        }
        let update = PresenceUpdate(
            node: node,
            serial: serial ?? next,
            isNew: isNew,
            isLast: isLast,
            epoch: "epoch1",
            replaced: replaced,
            limit: limit,
            holdings: holdings ?? []
        )
        return try await text(PresenceScript.update(update, hash: hash, names: client.names))
    }

    @discardableResult
    func update(
        _ node: String,
        _ streams: Int? = nil,
        _ users: [(String, Int)] = [],
        in name: String? = nil,
        serial: Int64? = nil,
        isNew: Bool = false,
        isLast: Bool = false,
        replaced: String? = nil
    ) async throws -> PresenceAnswer {
        let answer = try await raw(
            node,
            streams,
            users,
            in: name,
            serial: serial,
            isNew: isNew,
            isLast: isLast,
            replaced: replaced
        )
        guard let read = PresenceScript.readAnswer(ByteBuffer(string: answer)) else { throw NoAnswer(text: answer) }
        return read
    }

    func sweep(_ node: String, at renewal: Int64, count: Int = 1_000) async throws -> String {
        let names = client.names
        return try await text(
            PresenceScript.sweep(node, at: renewal, limit: limit, hash: hash, names: names, count: count)
        )
    }

    func retire(_ node: String, after time: Duration) async throws {
        _ = try await text(PresenceScript.retire(node, after: time, hash: hash, names: client.names))
    }

    /// Who is in the room, by name, but for what these nodes hold.
    func presence(in name: String? = nil, besides nodes: [String] = []) async throws -> Presence {
        let room = try name.map { try Room.of($0) } ?? self.room
        let answer = try await text(
            PresenceScript.others(in: room, besides: nodes, limit: limit, hash: hash, names: client.names)
        )
        guard var read = PresenceScript.readPresence(ByteBuffer(string: answer)) else { throw NoAnswer(text: answer) }
        read.users?.sort { $0.name < $1.name }
        return read
    }

    /// Has listeners told of what is due, as if its time had come.
    func tell() async throws {
        try await redis.command("ZADD", "\(client.names.presence):due", "XX", "0", room.name)
        try await update("teller", isNew: true, isLast: true)
    }

    /// What is noted and not told yet.
    func news() async throws -> [String] {
        var news: [String] = []
        for (sign, list) in [("+", "came"), ("-", "gone")] {
            let found = try await redis.command("ZRANGE", "\(client.names.presence):\(list)", "0", "-1")
            news += found.split(separator: "\n").map { sign + $0.replacing("\(room.name)/", with: "") }
        }
        return news
    }

    /// When listeners are to be told, in milliseconds by Redis's clock; nil where there is nothing to be told.
    func due(in name: String? = nil) async throws -> Int? {
        Int(try await redis.command("ZSCORE", "\(client.names.presence):due", name ?? room.name))
    }

    /// The names of the account's keys.
    func keys() async throws -> [String] {
        try await redis.command("KEYS", "\(client.names.presence):*").split(separator: "\n")
            .map { String($0.dropFirst(client.names.presence.count + 1)) }.sorted()
    }

    private func text(_ command: Command) async throws -> String {
        let reply = try await client.send(command)
        var reader = reply.reader
        return try reader.string().orThrow(reply)
    }
}

private struct NoAnswer: Error {
    var text: String
}
