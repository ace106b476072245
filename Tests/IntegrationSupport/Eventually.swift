/// Waits until a condition that other threads or processes bring about holds; throws where it does not in time.
///
/// The condition is asked every 5 ms.
public func eventually(
    _ what: String,
    within limit: Duration = .waitLimit,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw DidNotHappen(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What a test waited for did not come.
public struct DidNotHappen: Error, CustomStringConvertible {
    /// What was waited for.
    public var what: String
    /// For how long.
    public var limit: Duration

    /// One line for the test's report.
    public var description: String { "not within \(limit): \(what)" }
}
