import IntegrationSupport
import Testing

/// Two nodes on one Redis behind nginx, and a browser whose EventSource is on the first of them.
struct TwoNodes: Sendable {
    let redis: RedisServer
    let first: GatewayProcess
    let second: GatewayProcess
    let browser: Browser

    private static let path = "/rooms/harbour"

    /// Where the second node has the room's stream.
    var streamOfSecond: String { "\(second.url)\(Self.path)/events" }

    /// Runs a test, with options for the second node and for the first.
    static func with(
        _ options: [String] = [],
        first firstOptions: [String] = [],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (TwoNodes) async throws -> Void
    ) async throws {
        var persistent = RedisServer.Options()
        persistent.appendOnly = true
        try await RedisServer.with(persistent) { redis in
            let first = try await GatewayProcess(["--node", "first", "--drain", "1s"] + firstOptions, redis: redis)
            let second = try await GatewayProcess(["--node", "second"] + options, redis: redis)
            // nginx's file has places for three.
            try await NginxServer.with(nodes: [first, second, second]) { nginx in
                try await ChromeDriver.current.withBrowser { browser in
                    // Of the gateway's origin, and without a stream of its own.
                    try await browser.open("\(nginx.url)/chat.css")
                    try await body(TwoNodes(redis: redis, first: first, second: second, browser: browser))
                }
            }
            await first.child.kill()
            await second.child.kill()
        }
    }

    /// Opens the EventSource through nginx until it is on the first node, and lets it receive message 1.
    func listenOnFirst() async throws {
        for _ in 0..<10 {
            try await EventSourceRecord.start("\(Self.path)/events", in: browser)
            try await browser.wait(until: "record.ready.length + record.byes.length > 0")
            let record: EventSourceRecord = try await browser.run("return record")
            guard record.ready.first?.node == "first" else { continue }
            try await say("1")
            try await browser.wait(until: "record.messages.length > 0")
            return
        }
        throw WebDriverError("nginx has sent ten streams to the second node and none to the first")
    }

    /// Posts a message to the second node until it is stored.
    func say(_ text: String) async throws {
        try await eventually("“\(text)” is stored") {
            let body = #"{"id":"number-\#(text)","text":"\#(text)"}"#
            return try await Curl.post(body, to: "\(second.url)\(Self.path)/messages").status < 300
        }
    }

    /// Waits until the EventSource is open again, on the second node, and looks at what it has told: messages 1 and 2,
    /// which must have been posted, and 3, which this posts, exactly once, and why it was told to come back.
    func expectReturn(after reasons: Set<String>, within limit: Duration = .waitLimit) async throws {
        try await browser.wait(
            until: "record.ready.length > 1 && source.readyState === EventSource.OPEN",
            within: limit
        )
        try await say("3")
        try await browser.wait(until: "record.messages.some((message) => message.text === '3')")
        let record: EventSourceRecord = try await browser.run("return record")
        #expect(record.messages.map(\.text) == ["1", "2", "3"])
        #expect(record.gapCount == 0)
        #expect(record.ready.map(\.node) == ["first", "second"])
        #expect(record.ready.last?.resumed == true)
        #expect(Set(record.byes.map(\.reason)) == reasons)
        #expect(record.byes.allSatisfy { $0.id == record.messages.first?.id })
    }
}
