public import ChatGateway
public import CoreMetrics
public import Logging
public import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A broker that stands on Redis: any number of nodes on one Redis are one gateway.
///
/// A node has three links to Redis, which stand and fall together, on a single event loop. While they are down appends
/// and reads are refused, at the latest a second after the loss; rooms stay subscribed and are made whole again.
public final class RedisBroker: Broker {
    private struct Inbox {
        var requests: [RedisCore.Request] = []
        var isScheduled = false
        var isRunning = false
    }

    private let loop: any EventLoop
    private let core: NIOLoopBoundBox<RedisCore>
    private let inbox = Mutex(Inbox())
    private let board: StatusBoard
    private let patience: Duration
    let names: Names
    /// The channel of this very node.
    let nodeChannel: String
    let rateScript = LoadedScript(RateScript.text)
    let presenceScript = LoadedScript(PresenceScript.text)

    /// Makes a broker; nothing is connected before ``connect(within:)`` or ``run()``.
    ///
    /// - Parameters:
    ///   - url: Where Redis is.
    ///   - tls: Whom to trust where the URL begins with `rediss://`, which cannot be used without.
    ///   - prefix: What every key and channel begins with. Default `cg`.
    ///   - node: The node's name, for whoever looks at Redis's channels.
    ///   - history: How much of each room's past is kept.
    ///   - probe: How often the whole way to Redis and back is tested. Default 1 s.
    ///   - eventLoopGroup: Where the broker takes its loop from.
    ///   - logger: Where it says that links came up or went down.
    ///   - metrics: What keeps its counts. Default: what the process has set up.
    public convenience init(
        url: RedisURL,
        tls: RedisTLS? = nil,
        prefix: String = "cg",
        node: String,
        history: HistoryLimits = HistoryLimits(),
        probe: Duration = .seconds(1),
        eventLoopGroup: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        let names = Names(prefix: prefix, database: url.database)
        var limits = LinksState.Limits()
        limits.probe = probe
        let settings = RedisCore.Settings(
            url: url,
            tls: tls,
            names: names,
            nodeChannel: names.channel(ofNode: "\(node).\(Epoch.random())"),
            history: history,
            limits: limits,
            logger: logger,
            metrics: metrics
        )
        self.init(settings: settings, loop: eventLoopGroup.next())
    }

    init(settings: RedisCore.Settings, loop: any EventLoop) {
        let board = StatusBoard()
        self.board = board
        self.loop = loop
        patience = settings.patience
        names = settings.names
        nodeChannel = settings.nodeChannel
        core = .makeBoxSendingValue(
            RedisCore(loop: loop, settings: settings, status: board),
            eventLoop: loop
        )
    }

    deinit {
        guard inbox.withLock({ $0.isRunning }) else { return }
        let core = core
        loop.execute { core.value.take([.stop]) }
    }

    /// Opens the links and waits until they can be trusted.
    ///
    /// Attempts are repeated for the given time; a refused login is not.
    /// - Throws: Why Redis cannot be had, in one phrase without secrets.
    public func connect(within limit: Duration) async throws {
        send(.start)
        let deadline = ContinuousClock.now + limit
        while true {
            switch board.value {
            case .ready: return
            case .away(let reason):
                guard ContinuousClock.now < deadline, !reason.contains("refuses the login") else {
                    throw BrokerError(stored: .no, reason: reason)
                }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Keeps the links to Redis until the service is shut down or the task is cancelled.
    public func run() async throws {
        send(.start)
        // Ends by a shutdown or, with an error, by cancellation: both mean that the links are to be closed.
        try? await gracefulShutdown()
        send(.stop)
    }

    /// Sets who hears of messages.
    public func deliver(to sink: any BrokerSink) {
        send(.deliver(sink))
    }

    /// Asks for a room's messages.
    public func subscribe(_ room: Room) {
        send(.subscribe(room))
    }

    /// Ends what ``subscribe(_:)`` began.
    public func unsubscribe(_ room: Room, done: @escaping @Sendable () -> Void) {
        send(.unsubscribe(room, done: done))
    }

    /// Stores a message and sends it to every node that wants the room.
    public func append(_ message: Message, to room: Room) async throws(BrokerError) -> Receipt {
        let deadline = ContinuousClock.now + patience
        let result: Result<Receipt, BrokerError> = await withCheckedContinuation { continuation in
            send(.append(AppendRequest(message: message, room: room, deadline: deadline, answer: continuation)))
        }
        return try result.get()
    }

    /// Looks up in Redis a message that was appended lately with a repetition key.
    public func repetition(of key: String, in room: Room) async throws(BrokerError) -> Receipt? {
        guard let record = try await value(of: Command("GET", names.record(of: key, in: room))),
            let position = Position(String(buffer: record))
        else { return nil }
        let range = ReadRange(after: position.preceding, through: position, limit: 1)
        let page = try await read(range, of: room)
        let cursor = Cursor(epoch: page.timeline.epoch, position: position)
        return .repeated(cursor, body: page.entries.first { $0.position == position }?.body)
    }

    /// Reads what is retained of a room's log.
    public func read(_ range: ReadRange, of room: Room) async throws(BrokerError) -> Page {
        let result: Result<Page, BrokerError> = await withCheckedContinuation { continuation in
            send(.page(room, range, continuation))
        }
        return try result.get()
    }

    /// Asks Redis for its timeline and the highest position it has given.
    public func top() async throws(BrokerError) -> (timeline: Timeline, top: Position) {
        let result: Result<Standing, BrokerError> = await withCheckedContinuation { continuation in
            send(.top(continuation))
        }
        let standing = try result.get()
        return (standing.timeline, standing.top)
    }

    /// Whether the links can be trusted now.
    public var status: BrokerStatus { board.value }

    /// Hands a request to the loop; requests that come together cross over together.
    func send(_ request: RedisCore.Request) {
        let isFirst = inbox.withLock { inbox in
            switch request {
            case .start: inbox.isRunning = true
            case .stop: inbox.isRunning = false
            default: break
            }
            inbox.requests.append(request)
            defer { inbox.isScheduled = true }
            return !inbox.isScheduled
        }
        guard isFirst else { return }
        loop.execute { [self] in
            let requests = inbox.withLock { inbox in
                defer { inbox.isScheduled = false }
                let requests = inbox.requests
                inbox.requests = []
                return requests
            }
            core.value.take(requests)
        }
    }
}
