/// A part of a node that takes over a new configuration while it runs.
protocol Reloadable: Sendable {
    /// Gets ready for a configuration, or throws why it cannot be used; nothing changes yet.
    ///
    /// Called by one thread at a time; may read files.
    /// - Returns: What makes the change, at once and without fail.
    func prepare(_ configuration: GatewayConfiguration) throws -> @Sendable () -> Void
}
