import NIOHTTP1
import Testing

@testable import chat_gateway

/// What is made of what was seen.
struct CheckTests {
    private static let fields: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform",
    ]

    /// A stream that is ready after a millisecond and gets messages at these seconds.
    private func stream(_ messages: [String: Int], of node: String = "a", id: String? = nil) -> StreamRecord {
        var record = StreamRecord()
        record.opened(AnswerHead(status: 200, fields: Self.fields))
        record.ready = Ready(node: node, stream: id ?? "\(Int.random(in: 0...Int.max))", resumed: false)
        record.readyAt = .milliseconds(1)
        record.firstByteAt = .milliseconds(1)
        record.lastByteAt = .milliseconds(1)
        record.messages = messages.mapValues { .seconds($0) }
        return record
    }

    private func post(_ id: String, at second: Int, status: Int = 201) -> Post {
        let answer = Answer.answered(AnswerHead(status: status), body: "", after: .milliseconds(1))
        return Post(id: id, size: id == "push" ? 61_440 : 100, sentAt: .seconds(second), answer: answer)
    }

    private func conversation(_ streams: [StreamRecord], compressible: StreamRecord? = nil) -> Conversation {
        Conversation(
            streams: streams,
            compressible: compressible ?? stream([:]),
            posts: [post("one", at: 1), post("two", at: 1)],
            push: post("push", at: 6),
            wait: .seconds(5),
        )
    }

    @Test func `messages that come only when more is written were stuck in a buffer`() {
        let flowing = conversation([stream(["one": 1, "two": 1, "push": 6])])
        #expect(Check.buffering(flowing).outcome == .ok)
        let stuck = Check.buffering(conversation([stream(["one": 7, "two": 7])]))
        #expect(stuck.outcome == .problem)
        #expect(stuck.seen == "2 of 2 messages came only when 60 KiB more were posted")
    }

    @Test func `a stream whose beginning comes late, or never, is buffered`() {
        var late = stream([:])
        late.readyAt = .seconds(6) + .milliseconds(5)
        let seen = Check.buffering(conversation([late]))
        #expect(seen.outcome == .problem && seen.seen == "nothing of 1 of 1 streams came until 60 KiB more were posted")
        late.readyAt = .seconds(1) + .milliseconds(5)
        let released = Check.buffering(conversation([late]))
        #expect(released.seen == "nothing of 1 of 1 streams came until messages were posted, after 5 s")
        let never = Check.buffering(conversation([StreamRecord(), stream(["one": 1, "two": 1, "push": 6])]))
        #expect(never.outcome == .problem && never.seen == "nothing of 1 of 2 streams came in 5 s")
    }

    @Test func `nodes are one cluster where all streams get all messages`() {
        let all = ["one": 1, "two": 1, "push": 6]
        #expect(
            Check.nodes(conversation([stream(all, of: "a"), stream(all, of: "b")]), isBuffered: false).outcome == .ok
        )
        // Two nodes of one name, on two Redises.
        let twins = Check.nodes(
            conversation([stream(["one": 1], of: "a"), stream(["two": 1, "push": 6], of: "a")]),
            isBuffered: false
        )
        #expect(twins.outcome == .problem && twins.seen == #"of 2 messages got "a" 1, "a" 1"#)
        // The node that takes the posts has no streams.
        let apart = Check.nodes(conversation([stream([:], of: "a"), stream([:], of: "b")]), isBuffered: false)
        #expect(apart.outcome == .problem && apart.seen.hasSuffix("; 2 reached no stream at all"))
        // On a slow line the long message comes later than anybody waits.
        let slow = conversation([stream(["one": 1, "two": 1], of: "a"), stream(all, of: "b")])
        #expect(slow.taken == ["one", "two"] && Check.nodes(slow, isBuffered: false).outcome == .ok)
        #expect(Check.nodes(conversation([stream([:], of: "a")]), isBuffered: true).outcome == .notChecked)
    }

    @Test(
        "A stream may be kept by nobody",
        arguments: [
            ("no-store, no-transform", Check.Outcome.ok), ("no-store", .warning), ("private, max-age=0", .problem),
            ("no-store, no-transform, public", .problem), ("no-store, max-age=60", .problem),
        ]
    )
    func cacheControl(value: String, outcome: Check.Outcome) {
        var one = stream(["one": 1])
        one.head?.fields.replaceOrAdd(name: "Cache-Control", value: value)
        let (before, after) = (answer(200, "1"), answer(200, "2"))
        let check = Check.caching(conversation([one]), before: before, after: [after], isSplit: false)
        #expect(check.outcome == outcome, "\(check)")
    }

    @Test func `a stream that two get, a hit, and an old list come from a cache`() {
        let (before, after) = (answer(200, "1"), answer(200, "2"))
        let twice = conversation([stream([:], id: "s"), stream([:], id: "s")])
        #expect(Check.caching(twice, before: before, after: [after], isSplit: false).outcome == .problem)
        for (name, value) in [("X-Cache", "HIT from edge"), ("Age", "3"), ("Cache-Status", "edge; hit")] {
            var one = stream([:])
            one.head?.fields.add(name: name, value: value)
            let check = Check.caching(conversation([one]), before: before, after: [after], isSplit: false)
            #expect(check.outcome == .problem && check.seen.contains("from a cache"), "\(name)")
        }
        let one = conversation([stream([:])])
        #expect(Check.caching(one, before: before, after: [before], isSplit: false).outcome == .problem)
        #expect(Check.caching(one, before: before, after: [before], isSplit: true).outcome == .ok)
        // Nodes that do not share their messages, of which nobody could tell yet: some have the old list, one the new one.
        #expect(Check.caching(one, before: before, after: [before, before, after], isSplit: false).outcome == .ok)
        #expect(Check.caching(one, before: before, after: [before, before], isSplit: false).outcome == .problem)
        #expect(Check.caching(one, before: before, after: [after], isSplit: false).outcome == .ok)
    }

    @Test func `silence and age are told apart where a stream is cut`() {
        func silence(ended: Int?, last: Int, longest: Int, bye: String? = nil) -> Silence {
            var record = stream([:])
            record.lastByteAt = .seconds(last)
            record.longestSilence = .seconds(longest)
            record.endedAt = ended.map { .seconds($0) }
            record.bye = bye
            return Silence(stream: record, begin: .zero, end: .seconds(ended ?? 70))
        }
        let idle = { (silence: Silence) in Check.idle(silence) }
        let kept = idle(silence(ended: nil, last: 60, longest: 15))
        #expect(kept.outcome == .ok && kept.seen == "a silent stream lived for 70 s; the longest pause was 15 s")
        let cut = idle(silence(ended: 5, last: 0, longest: 0))
        #expect(cut.outcome == .problem && cut.seen == "a silent stream was cut after 5 s of silence")
        let old = idle(silence(ended: 32, last: 30, longest: 15))
        #expect(old.outcome == .problem && old.seen == "a stream was cut 32 s after its beginning, whatever it got")
        #expect(idle(silence(ended: nil, last: 0, longest: 0)).outcome == .warning)
        #expect(idle(silence(ended: 3, last: 3, longest: 0, bye: "draining")).outcome == .notChecked)
        #expect(Check.idle(nil).outcome == .notChecked)
    }

    @Test func `a cursor counts as arrived where the gateway goes on from it or says why not`() {
        var (fresh, resumed, told) = (stream([:], of: "b"), stream(["one": 1], of: "b"), stream([:], of: "b"))
        fresh.cursor = "e.1-0"
        resumed.ready = Ready(node: "b", stream: "s", resumed: true)
        told.gaps = ["expired"]
        func seen(_ byField: [StreamRecord], _ byQuery: [StreamRecord] = []) -> Resumption {
            Resumption(origin: "a", expected: ["one"], byField: byField, byQuery: byQuery)
        }
        #expect(Check.lastEventID(seen([resumed, told])).outcome == .ok)
        #expect(Check.lastEventID(seen([resumed, fresh], [resumed])).seen.contains("1 of 2 streams, though"))
        #expect(Check.lastEventID(seen([fresh], [fresh])).seen.hasSuffix("nor does the cursor in the query"))
        #expect(Check.resume(seen([resumed]), isSplit: false).outcome == .ok)
        #expect(Check.resume(seen([told]), isSplit: false).seen == #""b" cannot go on from a cursor of "a": "expired""#)
        #expect(Check.resume(seen([told]), isSplit: true).outcome == .notChecked)
        resumed.messages = [:]
        #expect(Check.resume(seen([resumed]), isSplit: false).outcome == .problem)
        #expect(Check.resume(seen([fresh], [fresh]), isSplit: false).outcome == .notChecked)
    }

    @Test func `compression that holds a stream back is worse than one that flows`() {
        var compressed = stream([:])
        compressed.head?.fields.add(name: "Content-Encoding", value: "br")
        #expect(Check.compression(conversation([stream([:])])).outcome == .ok)
        let flowing = Check.compression(conversation([stream([:])], compressible: compressed))
        #expect(flowing.outcome == .problem && flowing.seen == #"streams are compressed: "br""#)
        compressed.firstByteAt = nil
        let stuck = Check.compression(conversation([stream([:])], compressible: compressed))
        #expect(stuck.seen.hasSuffix("and do not flow"))
        let unasked = conversation([compressed])
        #expect(Check.compression(unasked).seen.contains("even where nobody asked"))
        #expect(Check.buffering(unasked).outcome == .notChecked)
    }

    @Test func `pages of an origin may listen and post where every answer names it once`() {
        let origin = "https://chat.example"
        let allowed: HTTPHeaders = ["Access-Control-Allow-Origin": origin]
        var preflight = AnswerHead(status: 204, fields: allowed)
        preflight.fields.add(name: "Access-Control-Allow-Headers", value: "Content-Type, Authorization")
        func check(_ preflight: AnswerHead, _ stream: HTTPHeaders, _ post: HTTPHeaders) -> Check {
            let seen = CrossOrigin(
                origin: origin,
                preflight: .answered(preflight, body: "", after: .zero),
                stream: AnswerHead(status: 200, fields: stream),
                post: AnswerHead(status: 201, fields: post),
            )
            return .cors(seen, own: "https://gateway.example")
        }
        #expect(check(preflight, allowed, allowed).outcome == .ok)
        #expect(check(preflight, [:], allowed).seen == "pages of \(origin) may not listen")
        #expect(check(AnswerHead(status: 405), allowed, allowed).seen.contains("the preflight was answered 405"))
        #expect(check(AnswerHead(status: 405), [:], [:]).seen == "pages of \(origin) may neither listen nor post")
        var twice = allowed
        twice.add(name: "Access-Control-Allow-Origin", value: "*")
        #expect(check(preflight, twice, allowed).seen.contains("twice"))
        #expect(Check.cors(nil, own: origin).outcome == .notChecked)
    }

    @Test func `a post that a limit or a right forbids is no fault of the way`() {
        var one = conversation([stream([:])])
        for (status, outcome) in [(429, Check.Outcome.warning), (403, .warning), (503, .problem), (405, .problem)] {
            one.posts = [post("one", at: 1, status: status)]
            #expect(Check.posts(one).outcome == outcome, "\(status)")
        }
        func refusal(_ status: Int, _ detail: String) -> Answer {
            let head = AnswerHead(status: status, fields: ["Content-Type": "application/problem+json"])
            return .answered(head, body: #"{"detail":"\#(detail)"}"#, after: .zero)
        }
        one.posts = [post("one", at: 1)]
        one.posts[0].answer = refusal(422, "No links here")
        #expect(Check.posts(one).outcome == .warning && Check.posts(one).seen.hasSuffix(#"422, "No links here""#))
        one.posts[0].answer = refusal(503, "Redis cannot be reached")
        #expect(Check.posts(one).outcome == .problem)
        one.push = post("push", at: 6)
        for (status, detail) in [(422, "Too long a text"), (503, "Redis cannot be reached")] {
            one.push?.answer = refusal(status, detail)
            let check = Check.bodySize(one)
            #expect(check.outcome == .warning && check.nginx == nil, "\(check)")
            #expect(check.seen == "a message of 60 KiB was answered \(status), \"\(detail)\"")
        }
        one.push = post("push", at: 6, status: 502)
        #expect(Check.bodySize(one).outcome == .problem)
        one.push = post("push", at: 6, status: 413)
        #expect(Check.bodySize(one).outcome == .problem)
        one.push?.answer = refusal(413, "A body may have at most 9 bytes")
        #expect(Check.bodySize(one).outcome == .ok)
    }

    @Test func `nothing that a peer says reaches a terminal as it is`() {
        let check = Check.nodes(
            conversation([stream(["one": 1, "two": 1, "push": 6], of: "\u{1B}[2J\n")]),
            isBuffered: false
        )
        let lines = CheckText.lines(of: check)
        #expect(lines.count == 1 && !lines.joined().unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test(
        "A place is scheme, host and path",
        arguments: [
            ("https://Chat.Example", "https://chat.example/rooms/%E5%AE%A4/events"),
            ("http://127.0.0.1:8080/talk/", "http://127.0.0.1:8080/talk/rooms/%E5%AE%A4/events"),
            ("http://[::1]:8080", "http://[::1]:8080/rooms/%E5%AE%A4/events"),
        ]
    )
    func address(text: String, url: String) {
        #expect(GatewayAddress(text)?.url("events", of: "室") == url)
    }

    private func answer(_ status: Int, _ body: String) -> Answer {
        .answered(AnswerHead(status: status), body: body, after: .zero)
    }
}
