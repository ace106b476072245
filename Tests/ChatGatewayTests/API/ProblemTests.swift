import NIOHTTP1
import Testing

@testable import ChatGateway

@Suite struct ProblemTests {
    @Test func `a problem is one JSON object with the members of RFC 9457 and the request's id`() {
        #expect(
            String(buffer: Problem.notFound.body(requestID: "a\"b")) == """
                {"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing at this path",\
                "request_id":"a\\"b"}
                """
        )
    }

    @Test(arguments: [(BrokerError.Outcome.no, "no"), (.unknown, "unknown")])
    func `a message that could not be stored says what is known of it`(stored: BrokerError.Outcome, word: String) {
        let error = BrokerError(stored: stored, reason: "Redis is away")
        let writing = Problem.unavailable(error, writing: true)
        #expect(writing.headers == [.init(name: "Retry-After", value: "1")])
        #expect(
            String(buffer: writing.body(requestID: "1")) == """
                {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Redis is away",\
                "stored":"\(word)","request_id":"1"}
                """
        )
        #expect(!String(buffer: Problem.unavailable(error, writing: false).body(requestID: "1")).contains("stored"))
    }

    @Test func `a wrong method hears the right ones`() {
        #expect(Problem.methodNotAllowed("GET, HEAD").headers == [.init(name: "Allow", value: "GET, HEAD")])
    }
}

@Suite struct RequestIDsTests {
    private let ids = RequestIDs()

    @Test(arguments: ["1", "3f6c-11", "a:b/c", String(repeating: "x", count: 128), "\"quoted\""])
    func `a plain id is taken over`(id: String) {
        #expect(ids.id(["X-Request-ID": id]) == id)
        #expect(ids.id(["x-request-id": id, "X-Request-Id": "second"]) == id)
    }

    @Test(arguments: [nil, "", "a b", "a\tb", "é", "a\u{7f}", String(repeating: "x", count: 129)] as [String?])
    func `any other is replaced by one of ours`(id: String?) {
        let headers: HTTPHeaders = id.map { ["X-Request-ID": $0] } ?? [:]
        let made = ids.id(headers)
        #expect(made != id)
        #expect((1...13).contains(made.count) && made.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(ids.id(headers) != made)
    }

    @Test func `no two of ours are equal`() {
        #expect(Set((0..<10_000).map { _ in ids.id([:]) }).count == 10_000)
    }
}
