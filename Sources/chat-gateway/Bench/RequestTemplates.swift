/// How a server wants to be asked for streams and given messages; defaults are this gateway's own routes.
struct RequestTemplates: Sendable {
    // Split once, at `{rooms}` and then at `{room}`: replacing them was a quarter of what opening a stream cost.
    private let streamPath: [[String]]
    private let publishPath: String
    private let publishBody: String
    private let publishType: String
    private let fields: String

    static let ownStreamPath = "/rooms/{room}/events"
    static let ownManyStreamPath = "/events?{rooms}"
    static let ownPublishPath = "/rooms/{room}/messages"
    static let ownPublishBody = #"{"text":"{payload}"}"#

    /// - Parameters:
    ///   - streamPath: `{room}` stands for the room's name, `{rooms}` for `room=a&room=b…`.
    ///   - publishPath: `{room}` as above.
    ///   - publishBody: `{payload}` stands for the payload.
    ///   - publishType: The value of `Content-Type`.
    ///   - fields: Further lines for every request's head, each with its end.
    init(streamPath: String, publishPath: String, publishBody: String, publishType: String, fields: String) {
        self.streamPath = Self.split(streamPath, at: "{rooms}").map { Self.split($0, at: "{room}") }
        self.publishPath = publishPath
        self.publishBody = publishBody
        self.publishType = publishType
        self.fields = fields
    }

    private static func split(_ text: String, at place: String) -> [String] {
        text.split(separator: place, omittingEmptySubsequences: false).map(String.init)
    }

    /// The bytes that ask for a stream.
    func streamRequest(to target: BenchTarget, rooms: [String], lastEventID: [UInt8]) -> [UInt8] {
        let first = rooms.first ?? ""
        let list = streamPath.count > 1 ? rooms.map { "room=\($0)" }.joined(separator: "&") : ""
        let path = streamPath.map { $0.joined(separator: first) }.joined(separator: list)
        var request = Array(
            "GET \(target.prefix)\(path) HTTP/1.1\r\nHost: \(target.authority)\r\nAccept: text/event-stream\r\n\(fields)"
                .utf8
        )
        if !lastEventID.isEmpty {
            request += Array("Last-Event-ID: ".utf8) + lastEventID + [0x0D, 0x0A]
        }
        return request + [0x0D, 0x0A]
    }

    /// What stands before and behind a payload of `size` bytes where it is published in a room.
    func publishRequest(to target: BenchTarget, room: String, payload size: Int) -> PublishRequest {
        let parts = publishBody.replacing("{room}", with: room)
            .split(separator: "{payload}", maxSplits: 1, omittingEmptySubsequences: false)
        let before = parts.first ?? ""
        let after = parts.dropFirst().first ?? ""
        let path = publishPath.replacing("{room}", with: room)
        let length = before.utf8.count + size + after.utf8.count
        let head = """
            POST \(target.prefix)\(path) HTTP/1.1\r
            Host: \(target.authority)\r
            Content-Type: \(publishType)\r
            Content-Length: \(length)\r
            \(fields)\r\n
            """
        return PublishRequest(before: Array((head + before).utf8), after: Array(after.utf8))
    }
}
