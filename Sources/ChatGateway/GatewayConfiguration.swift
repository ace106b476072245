/// Every knob of a node.
///
/// Each default is that of the command line.
public struct GatewayConfiguration: Sendable {
    /// Address of the public listener, a host name or a number.
    ///
    /// Default 127.0.0.1.
    public var host = "127.0.0.1"
    /// Port of the public listener; 0 lets the kernel choose.
    ///
    /// Default 8080.
    public var port = 8080
    /// Address of the ops listener, which must not be reachable from outside.
    ///
    /// Default 127.0.0.1.
    public var opsHost = "127.0.0.1"
    /// Port of the ops listener; 0 lets the kernel choose.
    ///
    /// Default 9090.
    public var opsPort = 9090
    /// What the ops listener wants to be shown by everybody, but for the questions whether it lives and is ready.
    ///
    /// Default: none, which a node accepts only while that listener is on loopback.
    public var opsKey: Secret?
    /// The node's name, told to listeners in `ready`: 1 to 64 letters, digits, `.`, `_` or `-`.
    ///
    /// Default: a random one.
    public var node = "node-" + Epoch.random().name.prefix(6)
    /// The program's version, as operators see it.
    ///
    /// Default: none.
    public var version: String?
    /// The room of `/chat`.
    ///
    /// Default `lobby`.
    public var defaultRoom = "lobby"
    /// How much of each room's past is kept.
    public var history = HistoryLimits()
    /// Silence on a stream after which a comment line is sent.
    ///
    /// Default 15 s.
    public var heartbeat: Duration = .seconds(15)
    /// Over how long a stopping node spreads the end of its streams.
    ///
    /// Default 8 s.
    public var drain: Duration = .seconds(8)
    /// After how long a stream whose socket takes nothing is ended.
    ///
    /// Default 60 s.
    public var slowLimit: Duration = .seconds(60)
    /// How long a room without streams is kept subscribed.
    ///
    /// Default 10 s.
    public var linger: Duration = .seconds(10)
    /// Streams this node holds at most; more are told to come back.
    ///
    /// Default: the process's descriptor limit less 1,000.
    public var maxStreams = 1_000_000
    /// Connections, streams among them, that the public listener holds at most; more are closed at once.
    ///
    /// Default: none; the program leaves a few of its descriptors for Redis and the ops listener.
    public var maxConnections = Int.max
    /// Longest body of a request, in bytes.
    ///
    /// Default 65,536.
    public var maxBody = 65_536
    /// Origins that may use the gateway from other sites' pages; `*` for any.
    ///
    /// Default: none.
    public var corsOrigins: [String] = []
    /// Limits for clients that send slowly or much.
    public var requests = RequestLimits()
    /// Limits of what one client may have.
    public var clients = ClientLimits()
    /// Most rooms of one stream, 1 to 100.
    ///
    /// Default 100.
    public var maxRooms = 100
    /// Whether it is noted and told who is in which room.
    ///
    /// Default: on.
    public var presence = PresenceMode.on
    /// With more users in a room their names are not told, just how many streams there are.
    ///
    /// Default 200.
    public var presenceLimit = 200
    /// For how long a user whose last stream has ended is taken for one who comes back.
    ///
    /// Default 5 s.
    public var presenceGrace: Duration = .seconds(5)
    /// Blocks of addresses (`10.0.0.0/8`) of proxies that may tell whose request they pass on.
    ///
    /// Default: none, so that the client is whoever opened the connection.
    public var trustedProxies: [String] = []
    /// Where they tell it.
    ///
    /// Default `X-Forwarded-For`.
    public var forwardedHeader = ForwardedHeader.xForwardedFor

    /// Makes a configuration of defaults.
    public init() {}

    /// Whether only this machine reaches the ops listener.
    package var isOpsLocal: Bool { opsHost == "localhost" || ClientAddress(opsHost)?.isLoopback ?? false }
}

/// Limits for requests on the public listener.
public struct RequestLimits: Hashable, Sendable {
    /// Longest request head, target included, in bytes; 431 beyond.
    ///
    /// Default 16 KiB.
    public var headBytes = 16 * 1024
    /// Time for a request head to arrive, from its first byte or the opening of the connection.
    ///
    /// Default 10 s.
    public var headTimeout: Duration = .seconds(10)
    /// Time for a request body to arrive; 408 beyond.
    ///
    /// Default 30 s.
    public var bodyTimeout: Duration = .seconds(30)
    /// How long a connection may stay without a request.
    ///
    /// Default 75 s.
    public var idleTimeout: Duration = .seconds(75)

    /// Makes limits of defaults.
    public init() {}
}
