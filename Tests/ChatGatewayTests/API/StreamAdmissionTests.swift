import NIOHTTP1
import Testing

@testable import ChatGateway

@Suite struct StreamAdmissionTests {
    private let admission: StreamAdmission

    init() throws {
        admission = StreamAdmission(defaultRoom: try #require(Room("lobby")), maximumHistory: 1000)
    }

    private func request(_ text: String, _ headers: HTTPHeaders = [:]) throws -> StreamRequest {
        let target = try #require(RequestTarget(text))
        return try admission.request(try #require(Endpoint(target)), target, headers)
    }

    @Test(
        arguments: [
            ("/chat", ["lobby"]), ("/chat?room=other", ["lobby"]), ("/rooms/a%20b/events?room=other", ["a b"]),
            ("/events?room=b&room=a", ["b", "a"]), ("/events?room=a&room=b&room=a", ["a", "b"]),
            ("/events?room=%E8%81%8A&x=1", ["聊"]),
            // Two rooms, although they look alike.
            ("/events?room=%C3%A9&room=e%CC%81", ["é", "e\u{301}"]),
        ] as [(String, [String])]
    )
    func `a stream has the rooms that are named, each once`(text: String, rooms: [String]) throws {
        #expect(try request(text).rooms.map { Array($0.name.utf8) } == rooms.map { Array($0.utf8) })
    }

    @Test func `a stream has at most 100 rooms, not counting repetitions`() throws {
        let rooms = (0..<100).map { "room=r\($0)" }.joined(separator: "&")
        #expect(try request("/events?\(rooms)").rooms.count == 100)
        #expect(try request("/events?\(rooms)&room=r7&room=r99").rooms.count == 100)
        #expect(throws: Problem.badRequest("A stream has at most 100 rooms")) {
            try request("/events?\(rooms)&room=one")
        }
    }

    @Test(arguments: ["/events", "/events?rooms=a", "/events?Room=a"])
    func `a stream has at least one room`(text: String) {
        #expect(throws: Problem.badRequest("Name at least one room: /events?room=…")) { try request(text) }
    }

    @Test(arguments: ["/events?room=", "/events?room=a&room=a%2Fb", "/events?room=a%0D", "/rooms//events"])
    func `a bad name is refused`(text: String) {
        #expect(throws: Problem.badRoom) { try request(text) }
    }

    @Test(arguments: [
        ("0", 0), ("7", 7), ("1000", 1000), ("1001", 1000), ("007", 7), ("99999999999999999999999", 1000),
    ])
    func `history is a number, bounded by what is kept`(text: String, count: Int) throws {
        #expect(try request("/chat?history=\(text)").history == count)
    }

    @Test(arguments: ["", "-1", "%2B1", "+1", "1.0", "1e3", "x", "٣"])
    func `a history that is no number is refused`(text: String) {
        #expect(throws: Problem.self) { try request("/chat?history=\(text)") }
    }

    @Test func `a cursor comes in the query or in the header, which wins`() throws {
        let cursor = try #require(Cursor("abc.5-1"))
        let other = try #require(Cursor("abc.6-0"))
        #expect(try request("/chat").presented == .nothing)
        #expect(try request("/chat?last_event_id=").presented == .nothing)
        #expect(try request("/chat?last_event_id=abc.5-1").presented == .cursor(cursor))
        #expect(try request("/chat", ["last-event-id": "abc.5-1"]).presented == .cursor(cursor))
        #expect(try request("/chat?last_event_id=abc.6-0", ["Last-Event-ID": "abc.5-1"]).presented == .cursor(cursor))
        #expect(try request("/chat?last_event_id=abc.5-1&last_event_id=abc.6-0").presented == .cursor(other))
        #expect(try request("/chat", ["Last-Event-ID": "41"]).presented == .unreadable)
        #expect(try request("/chat?last_event_id=abc.5-1%0Aid:x").presented == .unreadable)
    }
}
