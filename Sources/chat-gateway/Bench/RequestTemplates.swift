/// How a server wants to be asked for streams and given messages; defaults are this gateway's own routes.
struct RequestTemplates: Sendable {
    /// `{room}` stands for the room's name, `{rooms}` for `room=a&room=b…`.
    var streamPath: String
    var publishPath: String
    /// `{payload}` stands for the payload.
    var publishBody: String
    var publishType: String
    /// Further lines for every request's head, each with its end.
    var fields: String

    static let ownStreamPath = "/rooms/{room}/events"
    static let ownManyStreamPath = "/events?{rooms}"
    static let ownPublishPath = "/rooms/{room}/messages"
    static let ownPublishBody = #"{"text":"{payload}"}"#

    /// The bytes that ask for a stream.
    func streamRequest(to target: BenchTarget, rooms: [String], lastEventID: [UInt8]) -> [UInt8] {
        let list = rooms.map { "room=\($0)" }.joined(separator: "&")
        let path = streamPath.replacing("{rooms}", with: list).replacing("{room}", with: rooms.first ?? "")
        var request = Array(
            "GET \(target.prefix)\(path) HTTP/1.1\r\nHost: \(target.authority)\r\nAccept: text/event-stream\r\n\(fields)"
                .utf8
        )
        if !lastEventID.isEmpty {
            request += Array("Last-Event-ID: ".utf8) + lastEventID + [0x0D, 0x0A]
        }
        return request + [0x0D, 0x0A]
    }

    /// The bytes that publish a payload of `size` bytes in a room, and where in them the payload stands.
    func publishRequest(to target: BenchTarget, room: String, payload size: Int) -> (bytes: [UInt8], payload: Int) {
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
        let start = Array((head + before).utf8)
        return (start + [UInt8](repeating: UInt8(ascii: "x"), count: size) + Array(after.utf8), start.count)
    }
}
