import Foundation
import IntegrationSupport

/// One headless browser with one window.
struct Browser: Sendable {
    let driver: ChromeDriver
    /// The session's path on the driver.
    let path: String

    /// Opens an address and waits until the page is loaded.
    func open(_ address: String) async throws {
        try await driver.send(.POST, "\(path)/url", ["url": address])
    }

    /// Runs the body of an asynchronous function in the page and returns what it returns.
    func run<Value: Decodable>(_ script: String) async throws -> Value {
        try await driver.send(.POST, "\(path)/execute/sync", Script(script))
    }

    /// Runs the body of an asynchronous function in the page.
    func run(_ script: String) async throws {
        try await driver.send(.POST, "\(path)/execute/sync", Script(script))
    }

    /// Waits until an expression of the page is true.
    func wait(until expression: String, within limit: Duration = .waitLimit) async throws {
        do {
            try await eventually(expression, within: limit) { try await run("return Boolean(\(expression))") }
        } catch let failure as DidNotHappen {
            let page: String = try await run("return document.body.innerText")
            throw WebDriverError("\(failure); the page says:\n\(page)")
        }
    }

    /// Puts a text into an empty field, key by key.
    func type(_ text: String, into selector: String) async throws {
        let element = try await element(selector)
        try await driver.send(.POST, "\(path)/element/\(element)/clear", [String: String]())
        try await driver.send(.POST, "\(path)/element/\(element)/value", ["text": text])
    }

    /// Clicks on an element.
    func click(_ selector: String) async throws {
        try await driver.send(.POST, "\(path)/element/\(try await element(selector))/click", [String: String]())
    }

    /// Presses Enter in a field.
    func pressEnter(in selector: String) async throws {
        try await driver.send(.POST, "\(path)/element/\(try await element(selector))/value", ["text": "\u{E007}"])
    }

    /// A picture of the window, as PNG.
    func screenshot() async throws -> Data {
        let text: String = try await driver.send(.GET, "\(path)/screenshot", String?.none)
        guard let picture = Data(base64Encoded: text) else { throw WebDriverError("the picture is not Base64") }
        return picture
    }

    /// Makes the page's area as large as that of another device.
    func setViewport(width: Int, height: Int) async throws {
        struct Metrics: Encodable {
            let width: Int
            let height: Int
            let deviceScaleFactor = 1
            let mobile: Bool
        }
        let metrics = Metrics(width: width, height: height, mobile: width < 500)
        try await devTools("Emulation.setDeviceMetricsOverride", metrics)
    }

    /// The tab that commands go to.
    func tab() async throws -> String {
        try await driver.send(.GET, "\(path)/window", String?.none)
    }

    /// Opens an address in a new tab in front of the others, and has commands go there.
    func openTab(_ address: String) async throws {
        struct Tab: Decodable {
            let handle: String
        }
        let new: Tab = try await driver.send(.POST, "\(path)/window/new", ["type": "tab"])
        try await show(tab: new.handle)
        try await open(address)
    }

    /// Puts a tab in front of the others, and has commands go there.
    func show(tab: String) async throws {
        try await driver.send(.POST, "\(path)/window", ["handle": tab])
        try await devTools("Page.bringToFront", [String: String]())
    }

    /// The titles of all tabs, also of those in the background.
    func titles() async throws -> [String] {
        struct Targets: Decodable {
            struct Target: Decodable {
                let title: String
            }
            let targetInfos: [Target]
        }
        let targets: Targets = try await devTools("Target.getTargets", [String: String]())
        return targets.targetInfos.map(\.title)
    }

    /// Closes the browser.
    func quit() async throws {
        try await driver.send(.DELETE, path, String?.none)
    }

    private func element(_ selector: String) async throws -> String {
        let question = ["using": "css selector", "value": selector]
        let answer: [String: String] = try await driver.send(.POST, "\(path)/element", question)
        guard let element = answer.values.first else { throw WebDriverError("no element \(selector)") }
        return element
    }
}

/// The body of a function that the driver calls in the page.
private struct Script: Encodable {
    let script: String
    let args: [String] = []

    init(_ body: String) {
        script = "return (async () => { \(body) })()"
    }
}
