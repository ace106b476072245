import Foundation
import IntegrationSupport

/// Has a node do everything that leaves something in Redis.
struct Recorder {
    /// Options for a node whose tickets are good on another one; the file holds the key.
    static func options(keyFile: String) -> [String] {
        ["--auth", "jwt", "--jwt-key-file", keyFile, "--history-age", "1h"]
    }

    private let issuer = TokenIssuer.ed25519()

    /// Records what a program does.
    static func record(_ program: String) async throws -> Recording {
        try await RedisServer.with { redis in
            try await Recorder().record(program, redis)
        }
    }

    private func record(_ program: String, _ redis: RedisServer) async throws -> Recording {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        try Data(issuer.published.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ear = try await ChildProcess("redis-cli", ["-h", "127.0.0.1", "-p", "\(redis.port)", "PSUBSCRIBE", "*"])
        try await ear.line(of: .standard) { $0 == "psubscribe" }
        let options = try await Versions.known([("--presence", "on")], to: program)
        let node = try await GatewayProcess(
            ["--node", "recorder"] + Self.options(keyFile: file.path) + options,
            redis: redis,
            program: program
        )
        let shown = "Authorization: Bearer \(try issuer.token("ann", read: ["*"], write: ["*"], expires: Self.century))"
        let listener = try await RawConnection(port: try node.port)
        try await listener.request("GET", "/events?room=hall&room=kitchen", [shown])
        _ = try await listener.head()
        let stream = try await value("stream", in: listener.event().data)

        func post(_ path: String, _ json: String, _ fields: [String] = []) async throws -> String {
            let fields = ([shown, "Content-Type: application/json"] + fields).flatMap { ["-H", $0] }
            let answer = try await Curl.answer(node.url + path, fields + ["-d", json])
            guard answer.status < 300 else { throw Unexpected("\(path): \(answer)") }
            return answer.body
        }
        _ = try await post("/rooms/hall/messages", #"{"id":"m1","text":"one"}"#)
        let cursor = try await listener.event().id ?? ""
        _ = try await post("/rooms/hall/messages", #"{"id":"m2","text":"two"}"#, ["X-Stream-Id: \(stream)"])
        _ = try await post("/rooms/hall/messages", #"{"text":"three, as long as you like","n":1e400}"#)
        _ = try await post("/rooms/kitchen/messages", #"{"id":"k1","text":"elsewhere"}"#)
        _ = try await post("/rooms/hall/typing", "{}")
        let (used, kept) = (try await post("/tickets", "{}"), try await post("/tickets", "{}"))
        let second = try await RawConnection(port: try node.port)
        try await second.request("GET", "/rooms/hall/events?ticket=\(value("ticket", in: used))")
        _ = try await second.head()
        let resume = try await value("resume", in: second.event().data)
        _ = try await Curl.post(#"{"user":"eve","bar":"10m"}"#, to: try await node.opsURL + "/admin/disconnect")
        let page = try await Curl.answer("\(node.url)/rooms/hall/messages?limit=10", ["-H", shown]).body
        try await eventually("everything was published") {
            Set(Self.publications(ear).map { $0.payload.prefix(1) }).isSuperset(of: ["m", "p", "r", "t", "u"])
        }
        if !options.isEmpty {
            try await eventually("who is there was told") {
                Self.publications(ear).contains { $0.payload.hasPrefix("s 2 ") }
            }
        }
        let keys = try await RedisContents.take(from: redis)
        let publications = Self.publications(ear)
        for connection in [listener, second] { await connection.close() }
        await node.child.stop()
        await ear.kill()
        return Recording(
            keys: keys,
            publications: publications,
            page: page,
            cursor: cursor,
            ticket: try value("ticket", in: kept),
            resume: resume
        )
    }

    /// Until when the recorded user may listen: as long as anybody will read the recording.
    private static let century = Duration.seconds(100 * 365 * 86_400)

    private func value(_ name: String, in json: String) throws -> String {
        guard let match = json.firstMatch(of: try Regex("\"\(name)\":\"([^\"]+)\"", as: (Substring, Substring).self))
        else { throw Unexpected(json) }
        return String(match.output.1)
    }

    /// What redis-cli has heard: kind, pattern, channel and payload in a line each.
    private static func publications(_ ear: ChildProcess) -> [Recording.Publication] {
        let lines = ear.text(of: .standard).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.indices.filter { lines[$0] == "pmessage" && $0 + 3 < lines.endIndex }
            .map { Recording.Publication(channel: String(lines[$0 + 2]), payload: String(lines[$0 + 3])) }
    }
}
