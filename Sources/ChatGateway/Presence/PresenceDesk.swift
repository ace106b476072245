import Logging
import ServiceLifecycle

/// Says what this node holds, and has what dead nodes held taken out.
final class PresenceDesk: Service {
    /// How often what has changed is gathered.
    private static let interval = Duration.milliseconds(250)
    /// Calls of one kind in a row, so that a node that holds much still renews its lease.
    private static let callsInARow = 100

    let limit: Int
    private let plane: any PresencePlane
    private let record: PresenceRecord
    private let grace: Duration
    private let name: @Sendable () -> String
    private let logger: Logger

    init(plane: any PresencePlane, record: PresenceRecord, configuration: GatewayConfiguration, logger: Logger) {
        self.plane = plane
        self.record = record
        limit = configuration.presenceLimit
        grace = configuration.presenceGrace
        let node = configuration.node
        name = { "\(node).\(Epoch.random())" }
        self.logger = logger
    }

    /// Who is in a room.
    func presence(in room: Room) async throws(BrokerError) -> Presence {
        try await plane.presence(in: room, limit: limit)
    }

    /// Works until shutdown; then its users stay for the grace, in which they come back elsewhere.
    func run() async {
        let node = await cancelWhenGracefulShutdown { await self.work() }
        try? await plane.retire(node, after: grace)
    }

    /// Returns the node's last name.
    private func work() async -> String {
        var lease = PresenceLease(name: name)
        while !Task.isCancelled {
            await step(&lease)
            try? await Task.sleep(for: Self.interval)
        }
        return lease.node
    }

    private func step(_ lease: inout PresenceLease) async {
        let isRefreshed = lease.needsRefresh(now: record.now)
        record.withRegister { register in
            register.expire(now: record.now)
            if isRefreshed { register.changeAll() }
        }
        for _ in 0..<Self.callsInARow {
            let holdings = record.withRegister { $0.take() }
            guard !holdings.isEmpty || lease.isDue(now: record.now) else { return }
            let update = PresenceUpdate(
                node: lease.node,
                isNew: lease.isNew,
                lease: .milliseconds(PresenceLease.length),
                limit: limit,
                holdings: holdings
            )
            do throws(BrokerError) {
                switch lease.answered(try await plane.update(update), now: record.now) {
                case .none: break
                case .register: record.withRegister { $0.changeAll() }
                case .sweep(let node): try await sweep(node)
                }
            } catch {
                logger.debug("Who is here cannot be said", metadata: ["reason": "\(error.reason)"])
                lease.failed()
                return record.withRegister { $0.putBack(holdings) }
            }
        }
    }

    private func sweep(_ node: String) async throws(BrokerError) {
        for _ in 0..<Self.callsInARow {
            guard try await plane.sweep(node, limit: limit) else { return }
        }
    }
}
