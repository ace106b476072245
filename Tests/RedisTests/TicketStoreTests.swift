import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct TicketStoreTests {
    private let value = ByteBuffer(bytes: [0, 13, 10, 255, 128])

    @Test func `what one node keeps another takes, once`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let (first, second) = (nodes[0].broker, nodes[1].broker)
                try await first.keep(value, as: "ticket", for: .seconds(30))
                let time = try await redis.command("PTTL", first.names.ticket("ticket"))
                #expect((1...30_000).contains(Int(time) ?? 0))
                #expect(try await second.take("ticket") == value)
                #expect(try await first.take("ticket") == nil)
                #expect(try await first.take("never kept") == nil)
                try await first.keep(value, as: "many", for: .seconds(30))
                let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<100 { group.addTask { try await nodes[index % 2].broker.take("many") != nil } }
                    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(taken == 1)
            }
        }
    }

    @Test func `what is not taken in time is gone`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                try await nodes[0].broker.keep(value, as: "ticket", for: .milliseconds(1))
                try await eventually("it is gone") {
                    try await redis.command("EXISTS", nodes[0].broker.names.ticket("ticket")) == "0"
                }
                #expect(try await nodes[0].broker.take("ticket") == nil)
            }
        }
    }

    @Test func `the secret that is proposed first is that of all`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let other = ByteBuffer(string: "other")
                #expect(try await nodes[0].broker.sharedSecret(proposed: value) == value)
                #expect(try await nodes[1].broker.sharedSecret(proposed: other) == value)
                // What Redis has lost comes back from whoever still knows it.
                try await redis.command("DEL", nodes[0].broker.names.secret)
                #expect(try await nodes[1].broker.sharedSecret(proposed: value) == value)
                #expect(try await nodes[0].broker.sharedSecret(proposed: other) == value)
            }
        }
    }

    @Test func `while Redis is away nobody waits for long, and nothing is taken twice`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let broker = nodes[0].broker
                try await broker.keep(value, as: "ticket", for: .seconds(30))
                redis.freeze()
                let start = ContinuousClock.now
                await #expect(throws: BrokerError.self) { try await broker.take("ticket") }
                await #expect(throws: BrokerError.self) { try await broker.keep(value, as: "x", for: .seconds(30)) }
                #expect(ContinuousClock.now - start < .seconds(12))
                redis.thaw()
                try await eventually("the links are up", within: .seconds(15)) { broker.status == .ready }
                try await broker.keep(value, as: "new", for: .seconds(30))
                #expect(try await broker.take("new") == value)
            }
        }
    }

    @Test func `something else under a ticket's name is an error, and not the end of the links`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let broker = nodes[0].broker
                try await redis.command("RPUSH", broker.names.ticket("list"), "x")
                await #expect(throws: BrokerError.self) { try await broker.take("list") }
                #expect(broker.status == .ready)
                try await broker.keep(value, as: "ticket", for: .seconds(30))
                #expect(try await broker.take("ticket") == value)
            }
        }
    }
}
