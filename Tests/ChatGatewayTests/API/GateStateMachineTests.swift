import NIOCore
import NIOHTTP1
import Testing

@testable import ChatGateway

@Suite struct GateStateMachineTests {
    private typealias Machine = Gate.StateMachine

    /// How far a connection has come.
    enum Stage: CaseIterable {
        case waiting
        case receiving
        case answering
        case lingering
        case closed
    }

    /// What can happen to it.
    enum Event: CaseIterable {
        case head
        case bytes
        case end
        case failure
        case timeout
        case inputClosed
        case quiesce
    }

    @Test(arguments: Event.allCases)
    func `every event in every state has its action`(event: Event) {
        let post = Self.head()
        let broken = Problem.badRequest("broken")
        let expected: [Machine.Action] =
            switch event {
            case .head: [.none, .none, .none, .none, .none]
            case .bytes: [.none, .none, .none, .none, .none]
            case .end: [.none, .answer(post, ByteBuffer()), .none, .close, .none]
            case .failure: [.refuse(nil, broken), .refuse(post, broken), .none, .none, .none]
            case .timeout: [.abort, .refuse(post, .requestTimeout), .none, .abort, .abort]
            case .inputClosed: [.close, .close, .none, .close, .none]
            case .quiesce: [.close, .none, .none, .none, .none]
            }
        for (stage, action) in zip(Stage.allCases, expected) {
            var machine = Self.machine(stage)
            #expect(machine.take(event) == action, "\(event) while \(stage)")
        }
    }

    @Test func `a connection waits for as long as each part may take`() {
        var machine = Machine(maximumBody: 10)
        #expect(machine.wait == .head)
        _ = machine.received(Self.head())
        #expect(machine.wait == .body)
        _ = machine.received(ByteBuffer(string: "12345"))
        #expect(machine.wait == .body)
        _ = machine.completed()
        #expect(machine.wait == .answer && machine.isAnswering)
        #expect(machine.answered(isLast: machine.answers()) == .goOn)
        #expect(machine.wait == .idle && !machine.isAnswering)
        machine.receivedBytes()
        #expect(machine.wait == .head)
        _ = machine.failed(.badRequest(""))
        #expect(machine.wait == .end)
    }

    @Test func `bytes of a body are no beginning of a head`() {
        var machine = Self.machine(.receiving)
        machine.receivedBytes()
        #expect(machine.wait == .body)
    }

    @Test func `requests follow each other, each with its own body`() {
        var machine = Machine(maximumBody: 10)
        for text in ["first", "", "third"] {
            let head = Self.head(uri: "/\(text)")
            #expect(machine.received(head) == .none)
            for byte in text.utf8 { #expect(machine.received(ByteBuffer(bytes: [byte])) == .none) }
            #expect(machine.completed() == .answer(head, ByteBuffer(string: text)))
            #expect(machine.answers() == false)
            #expect(machine.answered(isLast: false) == .goOn)
        }
    }

    @Test func `a request for a stream opens one`() {
        var machine = Machine(maximumBody: 10)
        let get = Self.head(.GET, uri: "/chat")
        #expect(machine.received(get) == .none)
        #expect(machine.completed(asStream: true) == .open(get))
        #expect(machine.isAnswering)
    }

    // MARK: Limits

    @Test(arguments: [(0, false), (10, false), (11, true), (1 << 40, true)])
    func `a body that is announced too long is refused at once`(length: Int, isRefused: Bool) {
        var machine = Machine(maximumBody: 10)
        let head = Self.head(fields: ["Content-Length": "\(length)"])
        #expect(machine.received(head) == (isRefused ? .refuse(head, .contentTooLarge(10)) : .none))
    }

    @Test func `a body that turns out too long is refused, and what follows is dropped`() {
        var machine = Machine(maximumBody: 10)
        let head = Self.head(fields: ["Transfer-Encoding": "chunked"])
        #expect(machine.received(head) == .none)
        #expect(machine.received(ByteBuffer(string: "1234567890")) == .none)
        #expect(machine.received(ByteBuffer(string: "1")) == .refuse(head, .contentTooLarge(10)))
        #expect(machine.answers() == true)
        #expect(machine.answered(isLast: true) == .linger)
        for _ in 0..<3 { #expect(machine.received(ByteBuffer(string: "more")) == .none) }
        #expect(machine.completed() == .close)
    }

    @Test(
        arguments: [
            ("100-continue", "10", .http1_1, .invite),
            ("100-Continue", "10", .http1_1, .invite),
            ("100-continue", "10", .http1_0, .none),
            ("100-continue", "11", .http1_1, .refuse(.contentTooLarge(10))),
            ("a-pony", "10", .http1_1, .refuse(.expectationFailed)),
            ("100-continue, a-pony", "10", .http1_1, .refuse(.expectationFailed)),
        ] as [(String, String, HTTPVersion, Expectation)]
    )
    func `expectations are met or refused`(
        expect: String,
        length: String,
        version: HTTPVersion,
        expected: Expectation
    ) {
        var machine = Machine(maximumBody: 10)
        let head = Self.head(version: version, fields: ["Expect": expect, "Content-Length": length])
        let action: Machine.Action =
            switch expected {
            case .invite: .invite
            case .none: .none
            case .refuse(let problem): .refuse(head, problem)
            }
        #expect(machine.received(head) == action)
    }

    enum Expectation {
        case invite
        case none
        case refuse(Problem)
    }

    @Test(arguments: [(HTTPVersion.http1_1, 0, false), (.http1_1, 1, true), (.http1_1, 2, false), (.http1_0, 0, true)])
    func `a request names one host`(version: HTTPVersion, count: Int, isTaken: Bool) {
        var machine = Machine(maximumBody: 10)
        var head = HTTPRequestHead(version: version, method: .GET, uri: "/")
        for index in 0..<count { head.headers.add(name: "Host", value: "host\(index)") }
        let action = machine.received(head)
        #expect(action == (isTaken ? .none : .refuse(head, .badRequest("A request has one Host field"))))
    }

    @Test(
        arguments: [
            (HTTPVersion.http1_1, ["chunked"], true), (.http1_1, ["Chunked"], true),
            (.http1_1, ["gzip, chunked"], false),
            (.http1_1, ["chunked", "chunked"], false), (.http1_1, ["identity"], false), (.http1_0, ["chunked"], false),
            (.http1_1, [], true),
        ]
    )
    func `a body is chunked or not coded at all`(version: HTTPVersion, codings: [String], isTaken: Bool) {
        var machine = Machine(maximumBody: 10)
        var head = HTTPRequestHead(version: version, method: .POST, uri: "/", headers: ["Host": "a"])
        for coding in codings { head.headers.add(name: "Transfer-Encoding", value: coding) }
        let problem = Problem.badRequest("The only Transfer-Encoding is chunked, in HTTP/1.1")
        #expect(machine.received(head) == (isTaken ? .none : .refuse(head, problem)))
    }

    // MARK: The last answer

    @Test(
        arguments: [
            (.http1_1, [:], false), (.http1_1, ["Connection": "close"], true),
            (.http1_1, ["Connection": "upgrade", "Upgrade": "h2c"], true),
            (.http1_0, [:], true), (.http1_0, ["Connection": "keep-alive"], false),
        ] as [(HTTPVersion, [String: String], Bool)]
    )
    func `an answer is the last where the client says so`(
        version: HTTPVersion,
        fields: [String: String],
        isLast: Bool
    ) {
        var machine = Machine(maximumBody: 10)
        _ = machine.received(Self.head(version: version, fields: fields))
        _ = machine.completed()
        #expect(machine.answers() == isLast)
        #expect(machine.answered(isLast: isLast) == (isLast ? .close : .goOn))
    }

    @Test(arguments: [Stage.receiving, .answering])
    func `a stopping node answers what is under way, then closes`(stage: Stage) {
        var machine = Self.machine(stage)
        #expect(machine.quiesce() == .none)
        if stage == .receiving { #expect(machine.completed() != .none) }
        #expect(machine.answers() == true)
        #expect(machine.answered(isLast: true) == .close)
    }

    @Test func `a stopping node answers what it knows to be there, though it has not read it, and nothing behind it`() {
        var machine = Machine(maximumBody: 10, hasUnread: true)
        #expect(machine.quiesce() == .none)
        #expect(machine.received(Self.head()) == .none)
        #expect(machine.completed() != .none)
        #expect(machine.answers() == true)
        #expect(machine.answered(isLast: true) == .close)
        var kept = Machine(maximumBody: 10, hasUnread: true)
        _ = kept.received(Self.head())
        _ = kept.completed()
        #expect(kept.answered(isLast: kept.answers()) == .goOn)
        #expect(kept.quiesce() == .close)
    }

    @Test func `a client that has said all still gets its answer`() {
        var machine = Self.machine(.answering)
        #expect(machine.inputClosed() == .none)
        #expect(machine.answers() == true)
        #expect(machine.answered(isLast: true) == .close)
    }

    @Test func `behind the last answer nothing is heeded`() {
        var machine = Self.machine(.closed)
        #expect(machine.received(Self.head()) == .none)
        #expect(machine.completed(asStream: true) == .none)
        #expect(machine.wait == .idle)
    }

    // MARK: Preparing

    static func head(
        _ method: HTTPMethod = .POST,
        uri: String = "/chat",
        version: HTTPVersion = .http1_1,
        fields: [String: String] = [:]
    ) -> HTTPRequestHead {
        var head = HTTPRequestHead(version: version, method: method, uri: uri, headers: ["Host": "here"])
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { head.headers.add(name: name, value: value) }
        return head
    }

    private static func machine(_ stage: Stage) -> Machine {
        var machine = Machine(maximumBody: 10)
        switch stage {
        case .waiting: break
        case .receiving: _ = machine.received(head())
        case .answering, .closed:
            _ = machine.received(head())
            _ = machine.completed()
            if stage == .closed { _ = machine.answered(isLast: true) }
        case .lingering:
            _ = machine.failed(.badRequest(""))
            _ = machine.answered(isLast: true)
        }
        return machine
    }
}

extension Gate.StateMachine {
    fileprivate mutating func completed(asStream isStream: Bool = false) -> Action {
        receivedEnd { _ in isStream }
    }

    fileprivate mutating func take(_ event: GateStateMachineTests.Event) -> Action {
        switch event {
        case .head: received(GateStateMachineTests.head())
        case .bytes: received(ByteBuffer(string: "12345"))
        case .end: completed()
        case .failure: failed(.badRequest("broken"))
        case .timeout: timedOut()
        case .inputClosed: inputClosed()
        case .quiesce: quiesce()
        }
    }
}
