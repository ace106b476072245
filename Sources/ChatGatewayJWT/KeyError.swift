/// Keys that cannot be used.
public struct KeyError: Error, Hashable, CustomStringConvertible {
    /// Why, in one phrase without secrets, to stand behind the name of their source.
    public var reason: String

    /// The reason.
    public var description: String { reason }

    /// Makes an error.
    public init(_ reason: String) {
        self.reason = reason
    }
}
