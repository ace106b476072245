import Foundation
import IntegrationSupport

/// What somebody heard who comes back each time that his stream ends, as an EventSource does.
struct RollListener: Sendable {
    /// The numbers of the messages, in the order in which they came.
    var numbers: [Int] = []
    /// What he was told to have missed.
    var gaps: [String] = []
    /// The streams that he opened.
    var streams = 0

    private var cursor: String?
    private var isOver = false

    /// Listens until a message says that it is the last.
    static func listen(_ port: Int, _ path: String) async throws -> RollListener {
        var listener = RollListener()
        try await eventually("the last message comes", within: .seconds(120)) {
            try await listener.hear(port, path)
            return listener.isOver
        }
        return listener
    }

    /// Hears one stream to its end.
    private mutating func hear(_ port: Int, _ path: String) async throws {
        let connection = try await RawConnection(port: port)
        // HTTP/1.0: nginx does not cut what it passes on into chunks.
        let field = cursor.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        let target = path + (cursor == nil ? "/events?history=1000" : "/events")
        try await connection.send("GET \(target) HTTP/1.0\r\nHost: 127.0.0.1\r\n\(field)\r\n")
        do {
            let head = try await connection.head()
            guard head.status == 200 else { throw Unexpected("\(head)") }
            streams += 1
            while !isOver { take(try await connection.event(within: .seconds(60))) }
        } catch is RawEnding {
            // Comes back.
        }
        await connection.close()
    }

    private mutating func take(_ event: RawEvent) {
        if event.event == "gap" { gaps.append(event.data) }
        if let id = event.id { cursor = id }
        guard event.event == "message", let number = event.data.firstMatch(of: /"n":(\d+),"last":(true|false)/) else {
            return
        }
        numbers.append(Int(number.output.1) ?? -1)
        isOver = number.output.2 == "true"
    }
}
