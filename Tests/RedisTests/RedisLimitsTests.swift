import ChatGateway
import IntegrationSupport
import NIOCore
import Synchronization
import Testing

@testable import ChatGatewayRedis

/// What nodes share on Redis beside messages: token buckets, orders and bars.
@Suite(.serialized) struct RedisLimitsTests {
    private final class Orders: ControlSink {
        private let state = Mutex<(orders: [ControlCommand], missed: Int)>(([], 0))
        var all: [ControlCommand] { state.withLock { $0.orders } }
        var missed: Int { state.withLock { $0.missed } }
        func receive(_ command: ControlCommand) { state.withLock { $0.orders.append(command) } }
        func mayHaveMissed() { state.withLock { $0.missed += 1 } }
    }

    private func bucket(_ name: String, _ capacity: Int) -> RateBucket {
        RateBucket(name: name, rate: 1, capacity: capacity)
    }

    @Test func `nodes take their tokens out of one bucket, all at once or none`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let granted = await withTaskGroup(of: Bool.self) { group in
                    for index in 0..<60 {
                        let broker = nodes[index % 2].broker
                        group.addTask { (try? await broker.take(from: [bucket("user/ann", 20)])) == .some(nil) }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                // A token may have dripped in meanwhile.
                #expect((20...23).contains(granted))
                let broker = nodes[0].broker
                #expect(try await broker.take(from: [bucket("address/a", 1)]) == nil)
                let refusal = try #require(
                    try await broker.take(from: [bucket("user/bob", 1), bucket("address/a", 1)])
                )
                #expect(refusal.index == 1 && refusal.wait > .zero && refusal.wait <= .seconds(1))
                #expect(try await nodes[1].broker.take(from: [bucket("user/bob", 1)]) == nil)
            }
        }
    }

    @Test func `a bucket goes away when it is full again, and one of another kind is an error that changes nothing`()
        async throws
    {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let broker = nodes[0].broker
                #expect(try await broker.take(from: [bucket("user/x y\n*", 30)]) == nil)
                let key = "\(broker.names.base):rate:user/x y\n*"
                let age = Int(try await redis.command("PTTL", key)) ?? 0
                #expect((1...1_000).contains(age))
                try await redis.command("SET", "\(broker.names.base):rate:user/y", "garbage")
                #expect(try await broker.take(from: [bucket("user/y", 30)]) == nil)
                try await redis.command("LPUSH", "\(broker.names.base):rate:user/z", "x")
                await #expect(throws: BrokerError.self) { _ = try await broker.take(from: [bucket("user/z", 30)]) }
                #expect(broker.status == .ready)
            }
        }
    }

    @Test func `a script that Redis has lost is loaded again`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let broker = nodes[0].broker
                #expect(try await broker.take(from: [bucket("a", 3)]) == nil)
                try await redis.command("SCRIPT", "FLUSH")
                #expect(try await broker.take(from: [bucket("a", 3)]) == nil)
            }
        }
    }

    @Test func `an order reaches every node, and its bar is remembered for its time`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let sinks = nodes.map { node in
                    let sink = Orders()
                    node.broker.deliver(to: sink)
                    return sink
                }
                try await eventually("nodes that are up are told to ask") { sinks.allSatisfy { $0.missed == 1 } }
                let orders = [
                    ControlCommand(.user("ann b\n聊"), bar: .seconds(60)),
                    ControlCommand(.stream("3k2"), bar: .seconds(5)),
                    ControlCommand(.user("\u{301}bob")), ControlCommand(.user("eve"), bar: .milliseconds(1)),
                ]
                for order in orders { #expect(try await nodes[0].broker.send(order) == 2) }
                try await eventually("all have arrived") { sinks.allSatisfy { $0.all == orders } }
                try await eventually("the short bar is over") { try await nodes[1].broker.bars().count == 1 }
                let bar = try #require(try await nodes[1].broker.bars().first)
                #expect(bar.user == "ann b\n聊" && bar.rest > .seconds(50) && bar.rest <= .seconds(60))
                #expect(try await nodes[1].broker.send(ControlCommand(.user("ann b\n聊"), bar: .zero)) == 2)
                #expect(try await nodes[0].broker.bars() == [])
            }
        }
    }

    @Test func `bars are bounded, and go away with the last of them`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let broker = nodes[0].broker
                let key = "\(broker.names.base):bars"
                try await redis.command(
                    "EVAL",
                    "for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], '9999999999999', 'u' .. i) end",
                    "1",
                    key,
                    "\(Bar.limit)"
                )
                let error = await #expect(throws: BrokerError.self) {
                    _ = try await broker.send(ControlCommand(.user("ann"), bar: .seconds(60)))
                }
                #expect(error?.reason.contains("\(Bar.limit)") == true)
                #expect(try await broker.send(ControlCommand(.user("u7"), bar: .seconds(60))) == 1)
                #expect(try await broker.bars().count == Bar.limit)
                try await redis.command("DEL", key)
                _ = try await broker.send(ControlCommand(.user("ann"), bar: .seconds(60)))
                #expect((1...60_000).contains(Int(try await redis.command("PTTL", key)) ?? 0))
            }
        }
    }

    @Test func `what is no order is passed over`() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let sink = Orders()
                nodes[0].broker.deliver(to: sink)
                let channel = nodes[0].broker.names.control
                for garbage in [
                    "", "user", "user 1", "user x ann", "user -5 ann", "user - ", "drop - ann", "m a 1-0 0-0 {}",
                ] {
                    #expect(try await redis.command("PUBLISH", channel, garbage) == "1")
                }
                #expect(try await nodes[0].broker.send(ControlCommand(.user("ann"))) == 1)
                try await eventually("the order has arrived") { !sink.all.isEmpty }
                #expect(sink.all == [ControlCommand(.user("ann"))])
                #expect(nodes[0].broker.status == .ready)
            }
        }
    }
}
