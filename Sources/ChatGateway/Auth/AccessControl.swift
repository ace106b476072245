import NIOCore
import ServiceLifecycle
import Synchronization

/// Decides, by what ``Access`` says, about every request for a stream, a message or a ticket.
final class AccessControl: Service {
    /// What becomes of a request for a stream.
    enum Opening: Hashable, Sendable {
        /// The stream may begin.
        case open(StreamRequest, cookie: ResumeCookie?)
        /// It may not.
        case refuse(Problem)
        /// Nobody can tell now: the client is to come back.
        case postpone
        /// ``admitAnew(_:_:)`` has to be asked, which takes its time.
        case ask
    }

    /// How long a ticket is valid.
    static let ticketTime = Duration.seconds(30)
    /// How long the stream of a ticket can come back whose user's identity never ends, in milliseconds: the authorizer is
    /// not asked again.
    static let longestGrant: UInt64 = 24 * 3_600_000

    let access: Access
    /// Whether the public listener itself speaks TLS.
    let isTLS: Bool
    private let signers = ResumeTokens()
    /// Who may not come back yet.
    let bars: Bars
    let metrics: GatewayMetrics
    let clock: @Sendable () -> UInt64
    private let lastExchange = Mutex<ContinuousClock.Instant?>(nil)

    init(
        _ access: Access,
        isTLS: Bool = false,
        bars: Bars = Bars(),
        metrics: GatewayMetrics = GatewayMetrics(),
        clock: @escaping @Sendable () -> UInt64 = WallClock.milliseconds
    ) {
        self.access = access
        self.bars = bars
        self.metrics = metrics
        self.isTLS = isTLS
        self.clock = clock
    }

    /// Keeps the node's secret that of all nodes.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let isKnown = await self.exchange()
                try? await Task.sleep(for: isKnown ? .seconds(30) : .seconds(1))
            }
        }
    }

    /// What signs and checks resume tokens now.
    var resumes: ResumeTokens {
        signers.give(access.resumeSecret())
        return signers
    }

    /// Learns the secret of all nodes; a node that has one already proposes it, so that it outlives Redis's data.
    func exchange() async -> Bool {
        guard access.resumeSecret() == nil else { return true }
        lastExchange.withLock { $0 = .now }
        var generator = SystemRandomNumberGenerator()
        let proposed =
            resumes.secret ?? (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        do {
            let secret = try await access.tickets.sharedSecret(proposed: ByteBuffer(bytes: proposed))
            resumes.adopt(Array(buffer: secret))
            return true
        } catch {
            return false
        }
    }

    /// Learns the secret where that may help: whoever sends forged tokens cannot have it asked for at will.
    func exchangeIfDue() async throws(Unavailable) {
        guard access.resumeSecret() == nil else { return }
        let isDue = lastExchange.withLock { last in last.map { ContinuousClock.now - $0 >= .seconds(1) } ?? true }
        guard isDue || resumes.secret == nil else { return }
        guard await exchange() else { throw Unavailable() }
    }

    /// What is needed for a decision cannot be had.
    struct Unavailable: Error {}

    /// Whether somebody may do something in a room; everybody may what the anonymous may.
    func allows(_ right: Permission.Right, in room: Room, _ identity: Identity?) -> Bool {
        access.anonymous.allows(right, in: room, user: identity?.user)
            || identity.map { $0.permission.allows(right, in: room, user: $0.user) } ?? false
    }
}
