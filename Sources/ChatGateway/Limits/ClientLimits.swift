/// What one client may have of a node; 0 stands for no limit.
///
/// An address of IPv6 counts with all others of its 64 bits, as a client has those to itself.
public struct ClientLimits: Hashable, Sendable {
    /// Streams of one address on this node.
    ///
    /// Default 0. Where it is set a stream costs about 64 bytes more, and a distinct address about 60.
    public var streamsPerAddress = 0
    /// Streams of one user on this node.
    ///
    /// Default 0. Where it is set a distinct user costs about 60 bytes.
    public var streamsPerUser = 0
    /// Streams that begin on this node, per second.
    ///
    /// Default 0.
    public var connectRate = 0
    /// Messages of one user per second, on all nodes together; users whose names are proven only.
    ///
    /// Default 0. Where it is set each message costs one more question to Redis.
    public var messageRatePerUser = 0
    /// Messages from one address per second, on all nodes together.
    ///
    /// Default 0. Where it is set each message costs one more question to Redis.
    public var messageRatePerAddress = 0
    /// Messages that may come at once; at least one second's worth always may.
    ///
    /// Default 20.
    public var messageBurst = 20

    /// Makes limits of defaults.
    public init() {}
}
