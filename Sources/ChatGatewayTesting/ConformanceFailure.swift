/// What a broker did that ``BrokerConformance`` does not allow.
public struct ConformanceFailure: Error, CustomStringConvertible, Sendable {
    /// What was wrong, in a sentence or more.
    public let description: String

    /// Makes a failure.
    public init(_ description: String) {
        self.description = description
    }

    /// Throws unless a condition holds.
    static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(ConformanceFailure) {
        guard condition else { throw ConformanceFailure(description()) }
    }
}
