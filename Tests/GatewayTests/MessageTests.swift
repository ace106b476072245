import ChatGateway
import Foundation
import IntegrationSupport
import NIOCore
import Testing

/// Posting and listing messages.
@Suite struct MessageTests {
    @Test func `what is answered is, byte for byte, what listeners get`() async throws {
        try await Node.with { node in
            let (connection, _) = try await node.stream()
            let answer = try await node.answer(
                RawConnection.post(
                    "/chat",
                    #"{"b":12345678901234567890, "a":1.10,"e":1e400,"id":"mine-1","room":"else","time":"never","user":"ann"}"#,
                    ["X: 1"]
                )
            )
            #expect(answer.status == 201 && answer["content-type"] == "application/json")
            #expect(try await connection.message().data == answer.body)
            #expect(
                answer.body.wholeMatch(
                    of:
                        /\{"id":"mine-1","room":"lobby","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","b":12345678901234567890,"a":1\.10,"e":1e400,"user":"ann"\}/
                ) != nil,
                "\(answer.body)"
            )
        }
    }

    @Test func `an id given twice gives the first message and tells nobody`() async throws {
        try await Node.with { node in
            let (connection, _) = try await node.stream()
            let first = try await node.answer(RawConnection.post("/chat", #"{"id":"x","n":1}"#))
            let again = try await node.answer(RawConnection.post("/chat", #"{"id":"x","n":2}"#))
            #expect(first.status == 201 && again.status == 200)
            #expect(first.body == again.body)
            // In another room it is another message.
            #expect(try await node.answer(RawConnection.post("/rooms/b/messages", #"{"id":"x"}"#)).status == 201)
            let third = try await node.post(#"{"n":3}"#)
            #expect(try await connection.message().data == first.body)
            #expect(try await connection.message().data == third)
        }
    }

    @Test func `an id of a message that is gone is answered with its place`() async throws {
        try await Node.with {
            $0.history = HistoryLimits(count: 1)
        } _: { node in
            let (connection, _) = try await node.stream()
            try await node.post(#"{"id":"x"}"#)
            let id = try #require(try await connection.message().id)
            try await node.post("{}")
            let again = try await node.answer(RawConnection.post("/chat", #"{"id":"x"}"#))
            #expect(again.status == 200)
            #expect(again.body == "{\"id\":\"x\",\"room\":\"lobby\",\"cursor\":\"\(id)\"}")
        }
    }

    @Test func `the type may have parameters and any case`() async throws {
        try await Node.with { node in
            for type in ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=\"y;z\""] {
                let request = RawConnection.request("POST", "/chat", ["Content-Type: \(type)", "Content-Length: 2"])
                let answer = try await node.answer(request + "{}")
                #expect(answer.status == 201)
            }
        }
    }

    @Test func `an absolute target is a target`() async throws {
        try await Node.with { node in
            let (connection, _) = try await node.stream("http://example.org/rooms/a%20b/events")
            let answer = try await node.answer(RawConnection.post("http://example.org/rooms/a%20b/messages", "{}"))
            #expect(answer.status == 201)
            #expect(try await connection.message().data == answer.body)
            #expect(try await node.answer("GET", "http://example.org/rooms/a%20b/messages").status == 200)
            #expect(try await node.answer("GET", "http://example.org/nothing").status == 404)
        }
    }

    @Test func `messages of 64 KiB pass, through streams and lists`() async throws {
        try await Node.with { node in
            let (connection, _) = try await node.stream()
            let text = String(repeating: "x", count: 65_536 - 11)
            for _ in 0..<8 {
                let posted = try await node.post("{\"text\":\"\(text)\"}")
                #expect(posted.utf8.count > 65_536)
                #expect(try await connection.message().data == posted)
            }
            let listed = try await node.list("limit=8")
            #expect(listed.messages.count == 8 && listed.messages.allSatisfy { $0.text?.count == text.count })
        }
    }

    @Test(arguments: [
        ("/rooms/lobby/messages", 200), ("/rooms/lobby/messages?limit=0", 400), ("/rooms/lobby/presence", 404),
    ])
    func `no cache keeps a list, nor the refusal of one`(target: String, status: Int) async throws {
        try await Node.with { node in
            try await node.post("{}")
            for method in ["GET", "HEAD"] {
                let answer = try await node.answer(method, target)
                #expect(answer.status == status && answer["cache-control"] == "no-store", "\(answer)")
            }
        }
    }

    @Test func `lists go back and forth through a room`() async throws {
        try await Node.with { node in
            let (connection, ready) = try await node.stream("/rooms/lobby/events")
            let none = try await node.list()
            #expect(none.messages.isEmpty && none.first == nil && none.last == nil && !none.more)
            var ids: [String] = []
            for number in 0..<10 {
                try await node.post("{\"n\":\(number)}")
                ids.append(try #require(try await connection.message().id))
            }
            let all = try await node.list()
            #expect(all.numbers == Array(0..<10) && all.messages.map(\.cursor) == ids && !all.more)
            #expect(all.first == ids.first && all.last == ids.last)

            let newest = try await node.list("limit=3")
            #expect(newest.numbers == [7, 8, 9] && newest.more)
            let older = try await node.list("limit=3&before=\(newest.first ?? "")")
            #expect(older.numbers == [4, 5, 6] && older.more)
            let oldest = try await node.list("limit=9&before=\(older.first ?? "")")
            #expect(oldest.numbers == [0, 1, 2, 3] && !oldest.more)

            let after = try await node.list("limit=3&after=\(ids[1])")
            #expect(after.numbers == [2, 3, 4] && after.more)
            let between = try await node.list("after=\(ids[1])&before=\(ids[4])")
            #expect(between.numbers == [2, 3] && !between.more)
            let start = try await node.list("limit=2&after=\(ready.id ?? "")")
            #expect(start.numbers == [0, 1] && start.more)
            let nothing = try await node.list("after=\(ids[9])")
            #expect(nothing.messages.isEmpty && nothing.first == nil && !nothing.more)
            // A list's last cursor takes a stream on from there.
            let (resumed, _) = try await node.stream("/chat?last_event_id=\(between.last ?? "")")
            #expect(try await resumed.message().id == ids[4])
        }
    }

    @Test func `a cursor before what is retained is gone, and so is one that was never given`() async throws {
        try await Node.with {
            $0.history = HistoryLimits(count: 3)
        } _: { node in
            let (connection, _) = try await node.stream()
            var ids: [String] = []
            for number in 0..<8 {
                try await node.post("{\"n\":\(number)}")
                ids.append(try #require(try await connection.message().id))
            }
            let retained = try await node.list()
            #expect(retained.numbers.last == 7 && retained.numbers.count < 8)
            let gone = try await node.answer("GET", "/rooms/lobby/messages?after=\(ids[0])")
            #expect(gone.status == 410 && gone["content-type"] == "application/problem+json")
            let epoch = ids[0].prefix { $0 != "." }
            #expect(
                try await node.answer("GET", "/rooms/lobby/messages?before=\(epoch).9007199254740992-0").status == 410
            )
            #expect(try await node.list("after=\(ids[6])").numbers == [7])
        }
    }

    @Test func `HEAD of a list is its head alone`() async throws {
        try await Node.with { node in
            try await node.post("{}")
            let connection = try await node.connect()
            let target = "/rooms/lobby/messages"
            try await connection.send(RawConnection.request("HEAD", target) + RawConnection.request("GET", target))
            let head = try await connection.answer(toHead: true)
            let list = try await connection.answer()
            #expect(head.status == 200 && list.status == 200)
            #expect(head["content-type"] == list["content-type"])
            #expect(head["content-length"] == list["content-length"])
        }
    }

    // MARK: The page

    @Test func `the page is asked for again only when it has changed`() async throws {
        try await Node.with { node in
            for (path, type) in [
                ("/", "text/html"), ("/chat.js", "text/javascript"), ("/chat.css", "text/css"),
                ("/client.js", "text/javascript"), ("/client.d.ts", "text/typescript"),
            ] {
                let page = try await node.answer("GET", path)
                #expect(page.status == 200 && page["content-type"]?.hasPrefix(type) == true && !page.body.isEmpty)
                let tag = try #require(page["etag"])
                let connection = try await node.connect()
                for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                    try await connection.request("GET", path, ["If-None-Match: \(known)"])
                    let same = try await connection.answer()
                    #expect(same.status == 304 && same["etag"] == tag && same.body.isEmpty)
                }
                try await connection.request("GET", path, ["If-None-Match: \"other\""])
                #expect(try await connection.answer().body == page.body)
                try await connection.request("HEAD", path)
                #expect(try await connection.answer(toHead: true)["content-length"] == "\(page.body.utf8.count)")
            }
        }
    }
}

/// A list of messages as clients read it.
private struct MessageList: Decodable {
    var messages: [Message]
    var first: String?
    var last: String?
    var more: Bool

    struct Message: Decodable {
        var n: Int?
        var text: String?
        var cursor: String
    }

    var numbers: [Int] { messages.compactMap(\.n) }
}

extension Node {
    fileprivate func list(_ query: String = "") async throws -> MessageList {
        let answer = try await answer("GET", "/rooms/lobby/messages?\(query)")
        try #require(answer.status == 200, "\(answer)")
        return try JSONDecoder().decode(MessageList.self, from: Data(answer.body.utf8))
    }
}
