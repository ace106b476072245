/// Under which name a node says what it holds, when it shows that it lives, and when it takes others for dead.
///
/// Nobody's clock but the node's own counts: whoever's number does not change while this node can see it is dead. Where
/// all were cut off at once, or Redis's clock jumps, nobody is.
struct PresenceLease {
    /// What an answer makes the node do.
    enum Action: Hashable {
        /// Nothing.
        case none
        /// Say everything, under a new name.
        case register
        /// Have what this node held taken out, if it still shows this number.
        case sweep(String, at: Int64)
    }

    private struct Sight {
        var renewal: Int64
        var since: UInt64
    }

    /// Between two updates of a node that has nothing to say, in milliseconds.
    static let renewal: UInt64 = 3_000
    /// Between two updates of one that has, in milliseconds.
    static let pause: UInt64 = 1_000
    /// After which time without a new number a node is dead, in milliseconds; ``renewal`` may pass until the first sight
    /// of the last one, and again until this is noticed.
    static let silence: UInt64 = 12_000
    /// After which time without answers what was seen before does not count, in milliseconds.
    static let blindness: UInt64 = 6_000
    /// After which time somebody else goes on with what was being taken out, in milliseconds.
    static let takeover: UInt64 = 3_000

    /// The present name.
    private(set) var node: String
    /// The one before, as long as something may be held under it.
    private(set) var replaced: String?
    private(set) var isNew = true
    private var epoch = ""
    private var serial: Int64 = 0
    private let makeName: @Sendable () -> String
    private var nextCall: UInt64 = 0
    private var nextSaying: UInt64 = 0
    private var lastAnswer: UInt64?
    private var sights: [String: Sight] = [:]
    private var sweeping: String?

    /// - Parameter name: Makes a name that no node has had.
    init(name: @escaping @Sendable () -> String) {
        makeName = name
        node = name()
    }

    /// The names under which something may be held.
    var names: [String] { [node] + (replaced.map { [$0] } ?? []) }

    /// Whether there is something to be said even if nothing has changed.
    func isDue(now: UInt64) -> Bool { now >= nextCall }

    /// Whether what has changed may be said.
    func maySay(now: UInt64) -> Bool { now >= nextSaying }

    /// The next update; it is the last where the node holds nothing besides these holdings.
    mutating func update(_ holdings: [PresenceUpdate.Holding], isLast: Bool, limit: Int) -> PresenceUpdate {
        serial += 1
        return PresenceUpdate(
            node: node,
            serial: serial,
            isNew: isNew,
            isLast: isLast,
            epoch: epoch,
            replaced: replaced,
            limit: limit,
            holdings: holdings
        )
    }

    /// An update was answered, behind which everything was said or not.
    mutating func answered(
        _ answer: PresenceAnswer,
        to update: PresenceUpdate,
        hasSaidAll: Bool,
        now: UInt64
    ) -> Action {
        nextSaying = now + Self.pause
        guard answer.isKnown else {
            replaced = node
            node = makeName()
            isNew = true
            sights = [:]
            lastAnswer = nil
            nextCall = now
            return .register
        }
        epoch = answer.epoch
        observe(answer.nodes, now: now)
        if !update.isLast {
            isNew = false
        } else if !isNew {
            // A late copy of what was said under the old name must not be taken for a living node's.
            node = makeName()
            isNew = true
        }
        let next = answer.next.map { UInt64(max(0, $0 / .milliseconds(1))) } ?? Self.renewal
        nextCall = now + min(Self.renewal, next)
        let action = hasSaidAll ? nextSweep(answer.nodes, now: now) : .none
        // There may be more of them.
        if action != .none { nextCall = now }
        return action
    }

    /// An update was not answered.
    mutating func failed(now: UInt64) {
        lastAnswer = nil
        nextCall = now + Self.pause
        nextSaying = nextCall
    }

    private mutating func observe(_ nodes: [PresenceAnswer.Node], now: UInt64) {
        let isSteady = lastAnswer.map { now - $0 <= Self.blindness } ?? false
        lastAnswer = now
        var seen: [String: Sight] = [:]
        for other in nodes where other.name != node {
            let before = isSteady ? sights[other.name] : nil
            let isSame = before?.renewal == other.renewal
            seen[other.name] = Sight(renewal: other.renewal, since: isSame ? before?.since ?? now : now)
        }
        sights = seen
    }

    private mutating func nextSweep(_ nodes: [PresenceAnswer.Node], now: UInt64) -> Action {
        if let replaced {
            if let sight = sights[replaced] { return .sweep(replaced, at: sight.renewal) }
            self.replaced = nil
        }
        if let sweeping, sights[sweeping]?.renewal == 0 { return .sweep(sweeping, at: 0) }
        sweeping = sights.first { now - $0.value.since >= Self.patience($0.value.renewal) }?.key
        guard let sweeping, let sight = sights[sweeping] else { return .none }
        return .sweep(sweeping, at: sight.renewal)
    }

    private static func patience(_ renewal: Int64) -> UInt64 {
        if renewal > 0 { return silence }
        return renewal == 0 ? takeover : (renewal + 1).magnitude
    }
}
