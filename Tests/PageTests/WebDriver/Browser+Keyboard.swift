extension Browser {
    /// Keys that are no characters, as WebDriver names them.
    enum Key: String {
        case backspace = "\u{E003}"
        case tab = "\u{E004}"
        case enter = "\u{E007}"
        case shift = "\u{E008}"
        case alt = "\u{E00A}"
        case escape = "\u{E00C}"
        case end = "\u{E010}"
        case home = "\u{E011}"
        case up = "\u{E013}"
        case down = "\u{E015}"
    }

    /// Presses keys one after the other, wherever the focus is, while others are held.
    func press(_ keys: Key..., holding held: [Key] = []) async throws {
        try await press(keys.map(\.rawValue), holding: held)
    }

    /// Types a text, key by key, wherever the focus is.
    func type(_ text: String) async throws {
        try await press(text.map(String.init), holding: [])
    }

    /// Goes on with Tab until the focus is on an element of this kind, and sees that the focus can be seen.
    func tab(to selector: String, backwards: Bool = false) async throws {
        for _ in 0..<60 {
            try await press(.tab, holding: backwards ? [.shift] : [])
            let isThere: Bool = try await run("return document.activeElement.matches(`\(selector)`)")
            guard isThere else { continue }
            let outline: String = try await run("return getComputedStyle(document.activeElement).outlineStyle")
            guard outline != "none" else { throw WebDriverError("the focus on \(selector) cannot be seen") }
            return
        }
        throw WebDriverError("the focus does not get to \(selector)")
    }

    private func press(_ keys: [String], holding held: [Key]) async throws {
        let down = held.map { KeyActions.Step(type: "keyDown", value: $0.rawValue) }
        let strokes = keys.flatMap { [KeyActions.Step(type: "keyDown", value: $0), .init(type: "keyUp", value: $0)] }
        let up = held.reversed().map { KeyActions.Step(type: "keyUp", value: $0.rawValue) }
        try await driver.send(.POST, "\(path)/actions", KeyActions(actions: [.init(actions: down + strokes + up)]))
    }
}

/// What a keyboard does, as the driver is told.
private struct KeyActions: Encodable {
    struct Step: Encodable {
        let type: String
        let value: String
    }

    struct Device: Encodable {
        let type = "key"
        let id = "keyboard"
        let actions: [Step]
    }

    let actions: [Device]
}
