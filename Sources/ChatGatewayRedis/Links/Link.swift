/// The connections of a node to Redis.
///
/// They stand and fall together.
enum Link: CaseIterable, Hashable, Sendable {
    /// Appends, probes and questions.
    case commands
    /// What is published.
    case subscription
    /// Long reads, which must not stand before appends and probes.
    case pages
}

/// What Redis said of itself when a link was opened.
struct Greeting: Hashable, Sendable {
    /// The name of this process: another after every restart.
    var run: String
    /// Whether it is the master.
    var isMaster: Bool
}
