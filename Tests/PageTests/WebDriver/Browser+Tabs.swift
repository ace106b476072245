/// What happens to tabs: commands go to the one that was chosen last.
extension Browser {
    /// Has commands go to another tab, which stays where it is.
    func choose(_ tab: String) async throws {
        try await driver.send(.POST, "\(path)/window", ["handle": tab])
    }

    /// Closes the tab that commands go to; one has to be chosen next.
    func closeTab() async throws {
        try await driver.send(.DELETE, "\(path)/window", String?.none)
    }

    /// Freezes the tab that commands go to, as the browser does with tabs nobody has looked at for long, or wakes it.
    func setFrozen(_ isFrozen: Bool) async throws {
        try await devTools("Page.setWebLifecycleState", ["state": isFrozen ? "frozen" : "active"])
    }
}
