/// The life of a node's links: opened together, trusted once all have greeted and a first probe was answered, watched by
/// probes, closed together, opened again after a growing pause.
///
/// The probes are what `/readyz` rests on. A probe goes to Redis on one link and comes back on another; Redis's own pings
/// would only show that something at the other end of each is alive.
struct LinksState {
    typealias Instant = ContinuousClock.Instant

    enum Action: Hashable, Sendable {
        /// There is nothing to do.
        case none
        /// Open all three links.
        case open
        /// Send a probe to the process with this run id.
        case probe(serial: UInt64, run: String)
        /// The links can be trusted from now on.
        case announce
        /// Close what is open, for this reason; `wasUp` says whether anybody relied on it.
        case close(String, wasUp: Bool)
    }

    struct Limits: Hashable, Sendable {
        /// Between two probes.
        ///
        /// Default 1 s.
        var probe: Duration = .seconds(1)
        /// From the opening of the links to the answer to the first probe.
        ///
        /// Default 2 s.
        var opening: Duration = .seconds(2)
        /// The pause before the second attempt; each further one is twice as long.
        ///
        /// Default 100 ms.
        var firstPause: Duration = .milliseconds(100)
        /// The longest pause.
        ///
        /// Default 2 s.
        var longestPause: Duration = .seconds(2)
        /// So many intervals a probe may be missing while other things arrive.
        ///
        /// Default 5.
        var missedProbes = 5
    }

    private enum Phase: Hashable {
        case idle
        case waiting(until: Instant)
        case opening(until: Instant)
        case probing(until: Instant)
        case up
        case stopped
    }

    private var phase = Phase.idle
    private var greetings: [Link: Greeting] = [:]
    private var failures = 0
    private var serial: UInt64 = 0
    private var nextProbe: Instant?
    private var missing: [(serial: UInt64, sent: Instant)] = []
    private var hasHeard = false
    private var lastTick: Instant?
    private let limits: Limits

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether the links can be trusted.
    var isUp: Bool { phase == .up }

    /// The process at the other end; nil while the links have not all greeted.
    private(set) var run: String?

    /// The node wants its links.
    mutating func started(now: Instant) -> Action {
        guard phase == .idle else { return .none }
        phase = .opening(until: now + limits.opening)
        return .open
    }

    /// The node is going down.
    mutating func stopped() -> Action {
        let wasUp = isUp
        phase = .stopped
        reset()
        return .close("the node is stopping", wasUp: wasUp)
    }

    /// Time has passed; `jitter` is a random number in 0..<1, used here and below where a pause begins.
    mutating func ticked(now: Instant, jitter: Double) -> Action {
        // A node that could not run itself has no right to call others late: what arrived meanwhile is still unread.
        let hasSlept = lastTick.map { now - $0 > limits.probe / 2 } ?? false
        lastTick = now
        switch phase {
        case .idle, .stopped:
            return .none
        case .waiting(let until):
            guard now >= until else { return .none }
            phase = .opening(until: now + limits.opening)
            return .open
        case .opening(let until), .probing(let until):
            guard now >= until else { return .none }
            return failed("no answer within \(limits.opening)", now: now, jitter: jitter)
        case .up:
            guard let due = nextProbe, now >= due else { return .none }
            if !hasHeard, !hasSlept {
                return failed("nothing arrived for \(limits.probe)", now: now, jitter: jitter)
            }
            if !hasSlept, let oldest = missing.first, now >= oldest.sent + limits.probe * limits.missedProbes {
                return failed("probes do not arrive", now: now, jitter: jitter)
            }
            return probe(now: now)
        }
    }

    /// A link is open, and Redis has said who it is.
    mutating func greeted(_ link: Link, _ greeting: Greeting, now: Instant, jitter: Double) -> Action {
        guard case .opening(let until) = phase else { return .none }
        guard greeting.isMaster else { return failed("this Redis is a replica", now: now, jitter: jitter) }
        greetings[link] = greeting
        guard greetings.count == Link.allCases.count else { return .none }
        guard Set(greetings.values).count == 1 else {
            return failed("the links lead to different processes", now: now, jitter: jitter)
        }
        run = greeting.run
        phase = .probing(until: until)
        return probe(now: now)
    }

    /// Redis has answered a probe.
    mutating func probed() -> Action {
        guard case .probing = phase else { return .none }
        phase = .up
        failures = 0
        return .announce
    }

    /// Something arrived on the subscription link; with a number, a probe.
    mutating func heard(probe: UInt64? = nil) {
        hasHeard = true
        if let probe { missing.removeAll { $0.serial <= probe } }
    }

    /// A link is lost or of no use any more.
    mutating func failed(_ reason: String, now: Instant, jitter: Double) -> Action {
        switch phase {
        case .idle, .stopped, .waiting: return .none
        case .opening, .probing, .up: break
        }
        let wasUp = isUp
        let doubled = limits.firstPause * (1 << min(failures, 10))
        failures += 1
        phase = .waiting(until: now + min(doubled, limits.longestPause) * (0.5 + jitter / 2))
        reset()
        return .close(reason, wasUp: wasUp)
    }

    private mutating func probe(now: Instant) -> Action {
        guard let run else { return .none }
        serial += 1
        missing.append((serial, now))
        nextProbe = now + limits.probe
        hasHeard = false
        return .probe(serial: serial, run: run)
    }

    private mutating func reset() {
        greetings = [:]
        run = nil
        missing = []
        nextProbe = nil
    }
}
