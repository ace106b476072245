/// When a node says what it holds, under which name, and when it may take others for dead.
struct PresenceLease {
    /// What an answer makes the node do.
    enum Action: Hashable {
        /// Nothing.
        case none
        /// Say everything, under a new name.
        case register
        /// Have what this node held taken out.
        case sweep(String)
    }

    /// How long a lease is, in milliseconds: a node that is killed is gone within this and ``renewal``.
    static let length: UInt64 = 10_000
    /// Between two renewals, in milliseconds.
    static let renewal: UInt64 = 3_000
    /// After which time everything is said anew, in milliseconds, so that it can be forgotten when nobody does.
    static let refresh: UInt64 = 3_600_000

    /// The present name.
    private(set) var node: String
    private(set) var isNew = true
    private let makeName: @Sendable () -> String
    private var nextCall: UInt64 = 0
    /// Since when every update was answered.
    private var steadySince: UInt64?
    private var refreshed: UInt64?

    /// - Parameter name: Makes a name that no node has had.
    init(name: @escaping @Sendable () -> String) {
        makeName = name
        node = name()
    }

    /// Whether there is something to be said even if nothing has changed.
    func isDue(now: UInt64) -> Bool { now >= nextCall }

    /// Whether everything is to be said once more.
    mutating func needsRefresh(now: UInt64) -> Bool {
        guard let last = refreshed else {
            refreshed = now
            return false
        }
        guard now - last >= Self.refresh else { return false }
        refreshed = now
        return true
    }

    /// An update was answered.
    mutating func answered(_ answer: PresenceAnswer, now: UInt64) -> Action {
        guard answer.isKnown else {
            node = makeName()
            isNew = true
            steadySince = nil
            nextCall = now
            refreshed = now
            return .register
        }
        isNew = false
        let next = answer.next.map { UInt64(max(0, $0 / .milliseconds(1))) } ?? Self.renewal
        nextCall = now + min(Self.renewal, next)
        let since = steadySince ?? now
        steadySince = since
        // Where all were cut off, each has to have had the time to say that it is there.
        guard let expired = answer.expired, now - since >= Self.length else { return .none }
        // There may be more of them.
        nextCall = now
        return .sweep(expired)
    }

    /// An update was not answered.
    mutating func failed() {
        steadySince = nil
    }
}
