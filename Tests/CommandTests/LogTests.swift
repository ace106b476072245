import Foundation
import Logging
import Synchronization
import Testing

@testable import chat_gateway

struct LogTests {
    @Test("A text record is the time, the level, the message, and the metadata in the order of its keys")
    func textRecord() {
        let record = Self.record("link up", ["node": "a", "link": "commands", "why": "a b", "empty": ""])
        #expect(
            LogFormat.text.line(for: record)
                == #"2026-01-02T03:04:05.500Z notice link up empty="" link=commands node=a why="a b""#
        )
    }

    @Test("A JSON record is one object with the same content, nested values included")
    func jsonRecord() {
        let record = Self.record("link \"up\"", ["node": "a", "deep": ["x": ["1", "\n"]]])
        #expect(
            LogFormat.json.line(for: record)
                == #"{"time":"2026-01-02T03:04:05.500Z","level":"notice","message":"link \"up\"","#
                + #""metadata":{"deep":{"x":["1","\n"]},"node":"a"}}"#
        )
        #expect(!LogFormat.json.line(for: Self.record("x", [:])).contains("metadata"))
    }

    @Test("No message, key or value can begin a line of its own", arguments: LogFormat.allCases)
    func injection(format: LogFormat) throws {
        let nasty = "a\nb\r\u{0}\u{1b}[2J\u{7f}\u{85}\u{2028}\u{2029}\"\\ level=critical"
        let record = Self.record(nasty, [nasty: .string(nasty), "deep": [nasty: [.string(nasty)]]])
        let line = format.line(for: record)
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(!line.contains("\u{2028}") && !line.contains("\u{2029}"))
        if format == .json {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["message"] as? String == nasty)
            #expect((object?["metadata"] as? [String: Any])?[nasty] as? String == nasty)
        }
    }

    @Test("A value with a space, a quote, an equals sign or a backslash is quoted")
    func quoting() {
        for value in ["a b", "a=b", "a\"b", "a\\b", "a\u{a0}b"] {
            let line = LogFormat.text.line(for: Self.record("m", ["k": .string(value)]))
            #expect(line.hasSuffix(" k=" + JSONText.quoted(value)))
        }
        #expect(LogFormat.text.line(for: Self.record("m", ["k": "聊天室"])).hasSuffix(" k=聊天室"))
    }

    @Test("The logger's own metadata, the event's, and its error are written; what is below the level is not")
    func handler() {
        struct Failure: Error, CustomStringConvertible { var description: String { "no space" } }
        let lines = Lines()
        var logger = Logger(label: "test") { _ in
            LineLogHandler(format: .text, threshold: LogThreshold(.notice), write: lines.append)
        }
        logger[metadataKey: "node"] = "a"
        logger.info("unheard")
        logger.notice("heard", metadata: ["room": "x"])
        logger.error("failed", error: Failure(), metadata: ["node": "b"])
        #expect(
            lines.all.map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
                "notice heard node=a room=x",
                #"error failed error="no space" node=b"#,
            ]
        )
    }

    private static func record(_ message: String, _ metadata: Logger.Metadata) -> LogRecord {
        let time = Date(timeIntervalSince1970: 1_767_323_045.500)
        return LogRecord(time: time, level: .notice, message: message, metadata: metadata)
    }
}

/// What a handler wrote.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    @Sendable func append(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}
