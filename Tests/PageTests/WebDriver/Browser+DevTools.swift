extension Browser {
    /// A command of Chromium's DevTools protocol, for what WebDriver has no word for.
    func devTools(_ command: String, _ parameters: some Encodable) async throws {
        try await driver.send(.POST, "\(path)/goog/cdp/execute", Command(cmd: command, params: parameters))
    }

    /// A command of Chromium's DevTools protocol, with its answer.
    func devTools<Answer: Decodable>(_ command: String, _ parameters: some Encodable) async throws -> Answer {
        try await driver.send(.POST, "\(path)/goog/cdp/execute", Command(cmd: command, params: parameters))
    }

    /// Has pages believe that their reader likes it so.
    func prefer(colorScheme: String) async throws {
        let feature = ["name": "prefers-color-scheme", "value": colorScheme]
        try await devTools("Emulation.setEmulatedMedia", ["features": [feature]])
    }
}

/// A command, as the driver takes it.
private struct Command<Parameters: Encodable>: Encodable {
    let cmd: String
    let params: Parameters
}
