import IntegrationSupport

/// A tab of a browser with a client of `client.js`, which keeps what it is told.
///
/// The page has `chat` and `told`: the texts of messages, and all other events.
struct ClientTab: Sendable {
    private let browser: Browser
    private let handle: String

    /// Puts a client with these options, a JavaScript object, into a tab: a new one, or the one that the browser began with.
    init(
        _ browser: Browser,
        at url: String,
        page: String? = nil,
        isFirst: Bool = false,
        preparing script: String = "",
        _ options: String
    ) async throws {
        self.browser = browser
        // Of the gateway's origin, and without a client of its own.
        let address = page ?? "\(url)/chat.css"
        if isFirst {
            try await browser.open(address)
        } else {
            try await browser.openTab(address)
        }
        handle = try await browser.tab()
        try await browser.run(
            """
            \(script)
            const { ChatClient } = await import('\(url)/client.js');
            window.told = { texts: [], events: [] };
            window.chat = new ChatClient(\(options));
            for (const name of ['ready', 'gap', 'typing', 'presence', 'state', 'refused', 'outbox'])
              chat.addEventListener(name, (event) => told.events.push({ name, ...event.detail }));
            chat.addEventListener('message', (event) => told.texts.push(event.detail.text));
            """
        )
    }

    /// Runs the body of an asynchronous function in the tab and returns what it returns.
    func run<Value: Decodable>(_ script: String) async throws -> Value {
        try await browser.choose(handle)
        return try await browser.run(script)
    }

    /// Runs the body of an asynchronous function in the tab.
    func run(_ script: String) async throws {
        try await browser.choose(handle)
        try await browser.run(script)
    }

    /// Waits until an expression of the tab is true.
    func wait(until expression: String, within limit: Duration = .waitLimit) async throws {
        try await browser.choose(handle)
        try await browser.wait(until: expression, within: limit)
    }

    /// Waits until the client has its rooms' stream.
    func waitForConnection() async throws {
        try await wait(until: "chat.state === 'online' && told.events.some(({ name }) => name === 'ready')")
    }

    /// Waits until a message with this text was told.
    func waitForText(_ text: String) async throws {
        try await wait(until: "told.texts.includes('\(text)')")
    }

    /// The texts of the messages that were told.
    func texts() async throws -> [String] {
        try await run("return told.texts")
    }

    /// Closes the tab.
    func close() async throws {
        try await browser.choose(handle)
        try await browser.closeTab()
    }

    /// Freezes the tab, or wakes it.
    func setFrozen(_ isFrozen: Bool) async throws {
        try await browser.choose(handle)
        try await browser.setFrozen(isFrozen)
    }
}
