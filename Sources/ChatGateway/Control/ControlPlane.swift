/// What carries an operator's commands to all nodes, and remembers who is barred.
public protocol ControlPlane: Sendable {
    /// Sets who carries commands out; called once, before anything else.
    func deliver(to sink: any ControlSink)

    /// Remembers the command's bar and has every node carry the command out, in one step.
    ///
    /// Answers within 5 seconds. A node whose way to the others is cut just then misses the command, but not its bar.
    /// - Returns: How many nodes it was sent to, this one included.
    func send(_ command: ControlCommand) async throws(BrokerError) -> Int

    /// Everybody who is barred now, at most ``Bar/limit``.
    func bars() async throws(BrokerError) -> [Bar]
}

/// Who carries commands out: a node.
public protocol ControlSink: Sendable {
    /// Takes a command over. Called by one thread at a time, in order; must not block.
    func receive(_ command: ControlCommand)

    /// Commands may have been missed: the bars are to be asked for. Must not block.
    func mayHaveMissed()
}

/// What an operator wants of all nodes: that streams end.
public struct ControlCommand: Hashable, Sendable {
    /// Whose streams.
    public enum Target: Hashable, Sendable {
        /// All of a user.
        case user(String)
        /// The one with this id, as `ready` tells it.
        case stream(String)

        /// Whether there can be such a user or stream.
        var isPossible: Bool {
            switch self {
            case .user(let user): (1...1_024).contains(user.utf8.count)
            case .stream(let stream): UInt64(stream, radix: 36) != nil
            }
        }
    }

    /// Whose streams end.
    public var target: Target
    /// How long the user may not come back; zero lifts a bar, nil leaves everything as it is.
    ///
    /// Of a stream it is its user who is barred, where it has one.
    public var bar: Duration?

    /// The longest bar.
    static let longestBar: Duration = .seconds(366 * 86_400)

    /// Makes a command.
    public init(_ target: Target, bar: Duration? = nil) {
        self.target = target
        self.bar = bar
    }
}

/// Somebody who may not come back for a while.
public struct Bar: Hashable, Sendable {
    /// The most that are remembered at one time; about 200 bytes each.
    public static let limit = 10_000

    /// Who.
    public var user: String
    /// For how long from now on.
    public var rest: Duration

    /// Makes a bar.
    public init(user: String, rest: Duration) {
        self.user = user
        self.rest = rest
    }
}
