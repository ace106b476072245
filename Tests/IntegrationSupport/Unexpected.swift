/// A program answered something else than the test can go on with.
package struct Unexpected: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }

    /// The report of a program that failed: how it ended and what it said.
    package init(_ child: ChildProcess) {
        let ending = child.ending.map { "\($0)" } ?? "still running"
        description = "\(ending): \(child.text(of: .standard))\(child.text(of: .error))"
    }
}
