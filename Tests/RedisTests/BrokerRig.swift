import ChatGateway
import IntegrationSupport
import Logging
import NIOCore
import NIOPosix

@testable import ChatGatewayRedis

/// A broker with a sink, connected and running, as a node has it.
struct BrokerRig: Sendable {
    let broker: RedisBroker
    let sink = RecordingSink()

    /// Runs a test with so many nodes on one Redis.
    static func with(
        _ count: Int,
        on redis: RedisServer,
        url: String? = nil,
        tls: RedisTLS? = nil,
        history: HistoryLimits = HistoryLimits(),
        probe: Duration = .milliseconds(300),
        patience: Duration? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: ([BrokerRig]) async throws -> Void
    ) async throws {
        let address = try RedisURL(url ?? redis.url())
        let rigs = (0..<count)
            .map { index in
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                guard let patience else {
                    return BrokerRig(
                        broker: RedisBroker(
                            url: address,
                            tls: tls,
                            node: "node\(index)",
                            history: history,
                            probe: probe,
                            logger: logger
                        )
                    )
                }
                let names = Names(prefix: "cg", database: address.database)
                var limits = LinksState.Limits()
                limits.probe = probe
                let settings = RedisCore.Settings(
                    url: address,
                    names: names,
                    nodeChannel: names.channel(ofNode: "node\(index)"),
                    history: history,
                    limits: limits,
                    logger: logger,
                    patience: patience
                )
                return BrokerRig(
                    broker: RedisBroker(settings: settings, loop: MultiThreadedEventLoopGroup.singleton.next())
                )
            }
        let services = rigs.map { rig in
            rig.broker.deliver(to: rig.sink)
            return Task { try await rig.broker.run() }
        }
        defer { for service in services { service.cancel() } }
        for rig in rigs { try await rig.broker.connect(within: .seconds(10)) }
        try await body(rigs)
    }

    /// Subscribes to rooms and waits until they are whole.
    func listen(to rooms: Room...) async throws {
        try await listen(to: rooms)
    }

    /// Subscribes to rooms and waits until they are whole.
    func listen(to rooms: [Room]) async throws {
        for room in rooms { broker.subscribe(room) }
        try await whole(rooms)
    }

    /// Waits until rooms are whole.
    func whole(_ rooms: [Room], within limit: Duration = .seconds(10)) async throws {
        try await eventually("\(rooms.count) rooms are whole", within: limit) { rooms.allSatisfy(sink.isWhole) }
    }

    /// Appends a message; nil where it was refused.
    @discardableResult
    func post(_ text: String, to room: Room, key: String? = nil) async -> Receipt? {
        try? await broker.append(Message(body: ByteBuffer(string: text), repetitionKey: key), to: room)
    }

    /// Appends until it is stored; the key makes the message appear once.
    func insist(_ text: String, to room: Room, within limit: Duration = .seconds(15)) async throws {
        try await eventually("\(text) is stored", within: limit) { await post(text, to: room, key: text) != nil }
    }
}

extension Room {
    /// A room of a test.
    static func of(_ name: String) throws -> Room {
        guard let room = Room(name) else { throw CancellationError() }
        return room
    }
}
