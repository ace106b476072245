import Logging
import ServiceLifecycle
import Synchronization

/// Says what this node holds, and has what dead nodes held taken out.
final class PresenceDesk: Service {
    /// How often it is looked whether there is something to be said.
    private static let interval = Duration.milliseconds(250)
    /// Calls of one kind in a row, so that a node that holds much leaves Redis to others in between.
    private static let callsInARow = 20
    /// What a node's end may take that Redis does not answer.
    private static let farewell = Duration.seconds(1)

    private let limit: Int
    private let plane: any PresencePlane
    private let record: PresenceRecord
    private let lookups: PresenceLookups
    private let grace: Duration
    private let name: @Sendable () -> String
    /// The names under which others may know of what this node holds.
    private let names = Mutex<[String]>([])
    private let logger: Logger

    init(plane: any PresencePlane, record: PresenceRecord, configuration: GatewayConfiguration, logger: Logger) {
        self.plane = plane
        self.record = record
        lookups = PresenceLookups { record.now }
        limit = configuration.presenceLimit
        grace = configuration.presenceGrace
        let node = configuration.node
        name = { "\(node).\(Epoch.random())" }
        self.logger = logger
    }

    /// Who is in a room: here at this moment, elsewhere as the others have said.
    func presence(in room: Room) async throws(BrokerError) -> Presence {
        let others = try await lookups.presence(in: room) { () async throws(BrokerError) in
            try await plane.others(in: room, besides: names.withLock { $0 }, limit: limit)
        }
        return record.withRegister { $0.presence(in: room, with: others, limit: limit) }
    }

    /// Works until shutdown; then its users stay for the grace, in which they come back elsewhere.
    func run() async {
        let lease = await cancelWhenGracefulShutdown { await self.work() }
        let end = ContinuousClock.now + Self.farewell
        for name in lease.names where name != lease.node || !lease.isNew {
            // Without this its users stay until others take the node for dead, which is no reason to hold up its end.
            let rest = end - ContinuousClock.now
            guard rest > .zero else { return }
            try? await plane.retire(name, after: grace, within: rest)
        }
    }

    /// Returns the lease as it is in the end.
    private func work() async -> PresenceLease {
        var lease = PresenceLease(name: name)
        while !Task.isCancelled {
            await step(&lease)
            try? await Task.sleep(for: Self.interval)
        }
        return lease
    }

    private func step(_ lease: inout PresenceLease) async {
        let now = record.now
        let hasChanges = record.withRegister { register in
            register.expire(now: now)
            return register.hasChanges
        }
        guard lease.isDue(now: now) || (hasChanges && lease.maySay(now: now)) else { return }
        // What comes while a call is under way waits for the next pause, or a storm would cost a call after the other.
        var hasRest = true
        for _ in 0..<Self.callsInARow {
            guard hasRest || lease.isDue(now: record.now) else { return }
            let (holdings, hasSaidAll, isLast) = record.withRegister { register in
                let holdings = register.take()
                return (holdings, !register.hasChanges, register.isEmpty)
            }
            hasRest = !hasSaidAll
            let update = lease.update(holdings, isLast: isLast, limit: limit)
            let ours = lease.names
            names.withLock { $0 = ours }
            do throws(BrokerError) {
                let answer = try await plane.update(update)
                switch lease.answered(answer, to: update, hasSaidAll: hasSaidAll, now: record.now) {
                case .none: break
                case .register:
                    record.withRegister { register in
                        register.putBack(holdings)
                        register.changeAll()
                    }
                case .sweep(let node, let renewal): try await sweep(node, at: renewal)
                }
            } catch {
                logger.debug("Who is here cannot be said", metadata: ["reason": "\(error.reason)"])
                lease.failed(now: record.now)
                return record.withRegister { $0.putBack(holdings) }
            }
        }
    }

    private func sweep(_ node: String, at renewal: Int64) async throws(BrokerError) {
        var renewal = renewal
        for _ in 0..<Self.callsInARow {
            guard try await plane.sweep(node, at: renewal, limit: limit) else { return }
            renewal = 0
        }
    }
}
