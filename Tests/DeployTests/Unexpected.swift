import IntegrationSupport

/// A program answered something else than the test can go on with.
struct Unexpected: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }

    /// The report of a program that failed: how it ended and what it said.
    init(_ child: ChildProcess) {
        let ending = child.ending.map { "\($0)" } ?? "still running"
        description = "\(ending): \(child.text(of: .standard))\(child.text(of: .error))"
    }
}
