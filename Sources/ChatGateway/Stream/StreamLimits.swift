import Synchronization

/// How many streams a node may hold, and a client of it, and whether it takes new ones at all.
final class StreamLimits: Sendable {
    /// What a stream was counted by, beside the node.
    struct Counted: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        static let address = Counted(rawValue: 1)
        static let user = Counted(rawValue: 2)
    }

    /// What becomes of one more stream.
    enum Admission: Hashable, Sendable {
        /// It was counted; ``StreamLimits/dismiss(user:address:_:)`` wants to know by what.
        case admitted(Counted)
        case refused(EndReason)
    }

    fileprivate struct Clients {
        var limits: ClientLimits
        var connects = TokenBucket()
        var addresses: [ClientAddress: Int] = [:]
        var users: [UserName: Int] = [:]
    }

    let metrics: GatewayMetrics
    private let maximum: Atomic<Int>
    private let count = Atomic(0)
    private let ending = Atomic(0)
    private let draining = Atomic(false)
    private let clients: Mutex<Clients>
    private let clock: @Sendable () -> UInt64

    /// - Parameters:
    ///   - maximum: Streams of the node.
    ///   - clients: What a client may have of them.
    ///   - metrics: Where refusals are counted.
    ///   - clock: Microseconds, never less than before.
    init(
        maximum: Int,
        clients: ClientLimits = ClientLimits(),
        metrics: GatewayMetrics = GatewayMetrics(),
        clock: @escaping @Sendable () -> UInt64 = Uptime.microseconds
    ) {
        self.maximum = Atomic(maximum)
        self.clients = Mutex(Clients(limits: clients))
        self.metrics = metrics
        self.clock = clock
    }

    /// Streams that the node holds now.
    var streamCount: Int { count.load(ordering: .relaxed) }

    /// Streams that were told to end, or refused, and are not closed yet.
    var endingCount: Int { ending.load(ordering: .relaxed) }

    func endingChanged(by change: Int) { ending.add(change, ordering: .relaxed) }

    /// Whether the node is stopping.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// From now on no stream is taken in.
    func beginDraining() { draining.store(true, ordering: .relaxed) }

    /// Counts one more stream, or says why it may not be; who and where are nil where that is not known or counted.
    func admit(user: String? = nil, address: ClientAddress? = nil) -> Admission {
        if isDraining { return .refused(.draining) }
        guard count.add(1, ordering: .relaxed).newValue <= maximum.load(ordering: .relaxed) else {
            count.subtract(1, ordering: .relaxed)
            metrics.reached(.streamsPerNode)
            return .refused(.overloaded)
        }
        let (counted, limit) = clients.withLock { $0.admit(user, address?.counted, now: clock()) }
        guard let limit else { return .admitted(counted) }
        count.subtract(1, ordering: .relaxed)
        metrics.reached(limit)
        return .refused(.limited)
    }

    /// Counts one stream less, by what it was counted by.
    func dismiss(user: String? = nil, address: ClientAddress? = nil, _ counted: Counted = []) {
        count.subtract(1, ordering: .relaxed)
        guard !counted.isEmpty else { return }
        clients.withLock { clients in
            if counted.contains(.address), let address { clients.addresses.countDown(address.counted) }
            if counted.contains(.user), let user { clients.users.countDown(UserName(user)) }
        }
    }

    /// How many addresses and users are counted.
    var clientCounts: (addresses: Int, users: Int) { clients.withLock { ($0.addresses.count, $0.users.count) } }
}

extension StreamLimits.Clients {
    fileprivate mutating func admit(
        _ user: String?,
        _ address: ClientAddress?,
        now: UInt64
    ) -> (StreamLimits.Counted, Limit?) {
        var counted: StreamLimits.Counted = []
        if limits.streamsPerAddress > 0, let address {
            guard addresses[address, default: 0] < limits.streamsPerAddress else { return ([], .streamsPerAddress) }
            counted.insert(.address)
        }
        if limits.streamsPerUser > 0, let user {
            guard users[UserName(user), default: 0] < limits.streamsPerUser else { return ([], .streamsPerUser) }
            counted.insert(.user)
        }
        // Last, so that whoever has too many anyhow does not use up what others need.
        if limits.connectRate > 0 {
            let shape = TokenBucket.Shape(rate: limits.connectRate, capacity: limits.connectRate)
            if connects.take(shape, now: now) != nil { return ([], .connectRate) }
        }
        if counted.contains(.address), let address { addresses[address, default: 0] += 1 }
        if counted.contains(.user), let user { users[UserName(user), default: 0] += 1 }
        return (counted, nil)
    }
}

extension Dictionary where Value == Int {
    fileprivate mutating func countDown(_ key: Key) {
        guard let count = self[key] else { return }
        self[key] = count > 1 ? count - 1 : nil
    }
}

extension StreamLimits: Reloadable {
    /// Less than there is already only keeps new streams out; streams from before a limit was on are not counted by it.
    func prepare(_ configuration: GatewayConfiguration) -> @Sendable () -> Void {
        {
            self.maximum.store(configuration.maxStreams, ordering: .relaxed)
            self.clients.withLock { $0.limits = configuration.clients }
        }
    }
}
