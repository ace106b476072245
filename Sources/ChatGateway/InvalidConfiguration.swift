/// A configuration that a node cannot run with.
public struct InvalidConfiguration: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in one phrase without secrets.
    public var reason: String

    /// The reason.
    public var description: String { reason }
}

extension InvalidConfiguration {
    static let openOps = InvalidConfiguration(
        reason: "the ops listener is not on loopback, so that it needs a key"
    )
}
