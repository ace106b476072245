import Foundation
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

/// Whether the present version reads what earlier ones have written, and writes what they can read.
@Suite(.serialized) struct RecordingTests {
    @Test func `there are recordings, and the one that is wanted is made`() async throws {
        if let path = ProcessInfo.processInfo.environment["GATEWAY_RECORDING"] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(try await Recorder.record(try Versions.previous)).write(to: URL(filePath: path))
        }
        #expect(try !Recording.all.isEmpty)
    }

    @Test(arguments: try Recording.all)
    func `a node starts on what another version left, and serves all of it`(file: URL) async throws {
        let recording = try Recording(contentsOf: file).moved(to: .now)
        let names = Names(prefix: "cg", database: 0)
        let issuer = TokenIssuer.ed25519()
        let key = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        try Data(issuer.published.utf8).write(to: key)
        defer { try? FileManager.default.removeItem(at: key) }
        try await RedisServer.with { redis in
            try await RedisContents.put(recording.keys, into: redis)
            let node = try await GatewayProcess(
                Recorder.options(keyFile: key.path) + ["--presence", "on"],
                redis: redis
            )
            let shown = "Authorization: Bearer \(try issuer.token("ann", read: ["*"], write: ["*"]))"
            func answer(_ path: String, _ json: String? = nil) async throws -> Curl.Answer {
                let body = json.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
                return try await Curl.answer(node.url + path, ["-H", shown] + body)
            }
            func stream(_ path: String, _ fields: [String]) async throws -> RawConnection {
                let connection = try await RawConnection(port: try node.port)
                try await connection.request("GET", path, fields)
                let head = try await connection.head()
                #expect(head.status == 200, "\(path): \(head)")
                return connection
            }

            // The same messages at the same places; Redis's new process began a new epoch.
            let page = try await answer("/rooms/hall/messages?limit=10").body
            #expect(Self.withoutEpochs(page) == Self.withoutEpochs(recording.page))

            let resumed = try await stream("/rooms/hall/events", [shown, "Last-Event-ID: \(recording.cursor)"])
            #expect(try await resumed.event().data.contains(#""resumed":true,"replayed":2"#))
            for text in ["two", "three, as long as you like"] {
                #expect(try await resumed.event().data.contains("\"text\":\"\(text)\""))
            }
            let repeated = try await answer("/rooms/hall/messages", #"{"id":"m1","text":"another"}"#)
            #expect(repeated.status == 200 && repeated.body.contains(#""text":"one""#))
            #expect(try await answer("/rooms/hall/messages", #"{"text":"four"}"#).status == 201)
            #expect(try await resumed.event().data.contains(#""text":"four""#))

            let ticketed = try await stream("/rooms/kitchen/events?history=1&ticket=\(recording.ticket)", [])
            #expect(try await ticketed.event().event == "ready")
            #expect(try await ticketed.event().data.contains(#""text":"elsewhere""#))
            let returned = try await stream("/rooms/hall/events?resume=\(recording.resume)", [])
            #expect(try await returned.event().event == "ready")
            let eve = try issuer.token("eve", read: ["*"])
            try await eventually("the bar is known") {
                let field = "Authorization: Bearer \(eve)"
                return try await Curl.answer("\(node.url)/rooms/hall/messages", ["-H", field]).status == 403
            }
            // Of the recorded node, whose lease is not over, and of this one.
            try await eventually("all streams of the room are counted") {
                let isShared = recording.keys.contains { $0.name.hasPrefix(names.presence) }
                let streams = isShared ? 4 : 2
                return try await answer("/rooms/hall/presence").body.hasPrefix("{\"streams\":\(streams),")
            }
            #expect(!node.child.text(of: .error).contains("warning"))
            await node.child.kill()
        }
    }

    @Test(arguments: try Recording.all)
    func `what another version published is understood`(file: URL) throws {
        let recording = try Recording(contentsOf: file)
        let names = Names(prefix: "cg", database: 0)
        for publication in recording.publications {
            let payload = ByteBuffer(string: publication.payload)
            if publication.channel == names.control {
                #expect(ControlMessage.read(payload) != nil, "\(publication)")
            } else {
                #expect(Publication(payload, known: nil) != nil, "\(publication)")
                let isRoom = names.room(of: publication.channel) != nil
                #expect(isRoom || publication.channel.hasPrefix(names.channel(ofNode: "recorder.")), "\(publication)")
            }
        }
        let bodies = recording.publications.compactMap { publication -> String? in
            guard case .message(_, let entry)? = Publication(ByteBuffer(string: publication.payload), known: nil) else {
                return nil
            }
            return String(buffer: entry.body)
        }
        #expect(bodies.count == 4)
        for body in bodies.prefix(3) { #expect(recording.page.contains(body.dropLast())) }
    }

    /// Where this fails, nodes of the recorded version may misread what the present one writes.
    ///
    /// If they do not, record the present version; if they do, the version in `Names` has to change, so that neither sees
    /// the other's names.
    @Test func `the present version writes what the last recorded one did`() async throws {
        let last = try #require(try Recording.all.max { $0.lastPathComponent < $1.lastPathComponent })
        let present = try await Recorder.record(try Versions.present)
        let (shape, former) = (present.shape, try Recording(contentsOf: last).shape)
        for (name, forms) in former {
            guard let now = shape[name] else {
                // What has another name now is not misread. Only who is where may be lost between versions.
                #expect(name.contains(":presence:") || name.hasPrefix("publication s "), "\(name) is gone")
                continue
            }
            #expect(now == forms, "\(name)")
        }
        // What it does not know it passes over, but nobody has tried that yet.
        for name in shape.keys where former[name] == nil {
            #expect(name.contains(":presence:") || name.hasPrefix("publication s "), "\(name) is new")
        }
    }

    private static func withoutEpochs(_ text: String) -> String {
        text.replacing(/"(cursor|first|last)":"[^".]+\./) { "\"\($0.output.1)\":\"" }
    }
}
