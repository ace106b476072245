import ChatGateway
import IntegrationSupport
import Testing

/// More of everything than anybody needs.
///
/// Long targets, fields and bodies, and 101 rooms, are in ``RefusalTests``; heads and bodies that come slowly too.
@Suite struct OversizeTests {
    private static let chunked = RawConnection.request(
        "POST",
        "/chat",
        ["Content-Type: application/json", "Transfer-Encoding: chunked"]
    )

    @Test func `trailers without end are cut off`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.send(Self.chunked + "2\r\n{}\r\n0\r\n")
            let trailers = (0..<100).map { "X\($0): \(String(repeating: "x", count: 1_000))\r\n" }.joined()
            try await connection.send(trailers)
            let answer = try await connection.answer()
            #expect(answer.status == 431 && answer["connection"] == "close", "\(answer)")
        }
    }

    @Test func `a body in 60,000 chunks is one body`() async throws {
        try await Node.with { node in
            let text = "{\"text\":\"" + String(repeating: "x", count: 60_000) + "\"}"
            let answer = try await node.answer(Self.chunked + text.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n")
            #expect(answer.status == 201, "\(answer.status) \(answer.body.prefix(300))")
        }
    }

    @Test func `a chunk's extension without end is not waited for`() async throws {
        try await Node.with {
            $0.requests.bodyTimeout = .seconds(2)
        } _: { node in
            // Not a byte of a body in a whole megabyte, and it goes on.
            let connection = try await node.connect()
            try await connection.send(Self.chunked + "1;")
            try await connection.send([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20))
            let answer = try await connection.answer()
            #expect([400, 408, 431].contains(answer.status) && answer["connection"] == "close", "\(answer)")
        }
    }

    enum Query: CaseIterable {
        case separators, emptyRooms, equalRooms, escapes, digits, cursor

        var text: String {
            switch self {
            case .separators: String(repeating: "&", count: 15_000)
            case .emptyRooms: String(repeating: "room=&", count: 2_000) + "room=a"
            case .equalRooms: String(repeating: "room=a&", count: 2_000)
            case .escapes: "room=a&x=" + String(repeating: "%41", count: 5_000)
            case .digits: "room=a&history=" + String(repeating: "9", count: 10_000)
            case .cursor: "room=a&last_event_id=" + String(repeating: "a", count: 15_000)
            }
        }
    }

    @Test(arguments: Query.allCases)
    func `a query of 16 KiB is read or refused, and the node goes on`(query: Query) async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.request("GET", "/events?\(query.text)")
            let head = try await connection.head()
            #expect([200, 400].contains(head.status), "\(head)")
            #expect(try await node.answer("GET", "/").status == 200)
        }
    }

    /// Nothing here takes longer than a message of the same size that means something.
    @Test func `bodies that are made to take memory or time are answered`() async throws {
        try await Node.with {
            $0.maxBody = 1 << 20
        } _: { node in
            let many = { (count: Int, item: (Int) -> String) in (0..<count).map(item).joined(separator: ",") }
            let bodies = [
                (String(repeating: "[", count: 1_000_000), 400),
                ("{\"a\":" + String(repeating: "{\"a\":", count: 100_000), 400),
                ("{" + many(80_000) { "\"k\($0)\":0" } + "}", 201),
                // The same name, written in as many ways as there are: no two of them are equal as text.
                ("{" + many(40_000) { "\"\\u00\($0 % 2 == 0 ? "6" : "7")\($0 % 10)\":0" } + "}", 400),
                ("{\"a\":[" + many(200_000) { _ in "{}" } + "]}", 201),
                ("{\"a\":" + String(repeating: "9", count: 1_000_000) + "}", 201),
                ("{\"a\":1e" + String(repeating: "9", count: 100_000) + "}", 201),
                ("{\"a\":\"" + String(repeating: "\\u0000", count: 170_000) + "\"}", 201),
                ("{\"a\":\"" + String(repeating: "\\", count: 1_000_000), 400),
                (String(repeating: " ", count: 1_000_000) + "{}", 201),
            ]
            for (body, status) in bodies {
                let answer = try await node.answer(RawConnection.post("/chat", body))
                #expect(answer.status == status, "\(body.prefix(60))…: \(answer.status) \(answer.body.prefix(200))")
            }
        }
    }
}
