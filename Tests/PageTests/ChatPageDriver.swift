import Foundation

/// The chat page as somebody in front of it uses it.
struct ChatPageDriver: Sendable {
    let browser: Browser

    /// Opens the page in a room and waits until it is connected.
    init(_ browser: Browser, at url: String, room: String = "general", name: String) async throws {
        self.browser = browser
        var address = URLComponents()
        address.queryItems = [URLQueryItem(name: "room", value: room)]
        try await browser.open("\(url)/\(address.string ?? "")")
        try await waitForConnection()
        try await browser.type(name, into: "#name")
        // It connects anew under this name.
        try await browser.pressEnter(in: "#name")
        try await waitForConnection()
    }

    /// A page that is open already.
    init(_ browser: Browser) {
        self.browser = browser
    }

    /// Waits until the page says that it is connected.
    func waitForConnection() async throws {
        try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'online'")
    }

    /// Waits until the page says that the connection is lost.
    func waitForLoss() async throws {
        try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'waiting'")
    }

    /// The name of the node that the page is connected to.
    func node() async throws -> String {
        try await browser.run("return document.querySelector('#connection').title")
    }

    /// Types a text and sends it with Enter.
    func say(_ text: String) async throws {
        try await browser.type(text, into: "#text")
        try await browser.pressEnter(in: "#text")
    }

    /// Waits until the log holds so many messages.
    func waitForMessages(_ count: Int) async throws {
        try await browser.wait(until: "document.querySelectorAll('#messages .message').length >= \(count)")
    }

    /// The log: who said what.
    func messages() async throws -> [String] {
        try await browser.run(
            """
            return Array.from(document.querySelectorAll('#messages .message'), (item) =>
              item.querySelector('.user').textContent + ': ' + item.querySelector('.text').textContent)
            """
        )
    }

    /// What this page has sent and not yet got back, with what it says of it.
    func unsent() async throws -> [String] {
        try await browser.run(
            "return Array.from(document.querySelectorAll('#unsent .text'), (text) => text.textContent)"
        )
    }

    /// The room that is shown.
    func room() async throws -> String {
        try await browser.run("return document.querySelector('#room').textContent")
    }

    /// The rooms in the list.
    func rooms() async throws -> [String] {
        try await browser.run(
            "return Array.from(document.querySelectorAll('#rooms .label'), (label) => label.textContent)"
        )
    }

    /// How many messages are said to be unread, for each of the rooms in the list.
    func unread() async throws -> [Int] {
        try await browser.run(
            """
            return Array.from(document.querySelectorAll('#rooms .unread'),
              (badge) => badge.hidden ? 0 : Number(badge.querySelector('.number').textContent))
            """
        )
    }

    /// The messages with the line that says that new ones begin there.
    func marked() async throws -> [String] {
        try await browser.run(
            """
            return Array.from(document.querySelectorAll('#messages .new:not([hidden])'),
              (line) => line.parentElement.querySelector('.text').textContent)
            """
        )
    }

    /// Has somebody else, Bo, say the numbers from 0 on in a room.
    func post(count: Int, room: String = "general") async throws {
        // The driver lets no script run for more than 30 seconds.
        for start in stride(from: 0, to: count, by: 100) {
            try await browser.run(
                """
                for (let number = \(start); number < \(min(start + 100, count)); number += 1)
                  await fetch('rooms/\(room)/messages', { method: 'POST', body: JSON.stringify({ user: 'Bo', text: `${number}` }),
                    headers: { 'Content-Type': 'application/json' } })
                """
            )
        }
    }
}
