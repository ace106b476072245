import MetricsTestKit
import Testing

@testable import ChatGateway

@Suite struct StreamLimitsTests {
    private let factory = TestMetrics()
    private let clock = ManualMicroseconds()

    private func limits(_ change: (inout ClientLimits) -> Void, maximum: Int = 100) -> StreamLimits {
        var clients = ClientLimits()
        change(&clients)
        return StreamLimits(
            maximum: maximum,
            clients: clients,
            metrics: GatewayMetrics(factory),
            clock: { [clock] in clock.now }
        )
    }

    private func reached(_ limit: Limit) throws -> Int64 {
        try factory.expectCounter("chat_gateway_limit_reached", [("limit", limit.rawValue)]).totalValue
    }

    @Test func `an address has so many streams, and one that ends makes room`() throws {
        let limits = limits { $0.streamsPerAddress = 2 }
        let ann = try #require(ClientAddress("192.0.2.1"))
        let bob = try #require(ClientAddress("192.0.2.2"))
        for _ in 0..<2 { #expect(limits.admit(address: ann) == .admitted(.address)) }
        #expect(limits.admit(address: ann) == .refused(.limited))
        #expect(limits.admit(address: bob) == .admitted(.address))
        #expect(limits.admit() == .admitted([]))
        #expect(limits.streamCount == 4)
        limits.dismiss(address: ann, .address)
        #expect(limits.admit(address: ann) == .admitted(.address))
        #expect(try reached(.streamsPerAddress) == 1)
    }

    @Test func `addresses of one IPv6 block count together`() throws {
        let limits = limits { $0.streamsPerAddress = 1 }
        #expect(limits.admit(address: ClientAddress("2001:db8::1")) == .admitted(.address))
        #expect(limits.admit(address: ClientAddress("2001:db8::2")) == .refused(.limited))
    }

    @Test func `a user has so many streams, whatever the addresses`() throws {
        let limits = limits {
            $0.streamsPerUser = 1
            $0.streamsPerAddress = 10
        }
        let home = ClientAddress("192.0.2.1")
        let work = ClientAddress("192.0.2.2")
        #expect(limits.admit(user: "ann", address: home) == .admitted([.address, .user]))
        #expect(limits.admit(user: "ann", address: work) == .refused(.limited))
        #expect(limits.admit(user: "bob", address: work) == .admitted([.address, .user]))
        #expect(limits.clientCounts == (2, 2))
        limits.dismiss(user: "ann", address: home, [.address, .user])
        limits.dismiss(user: "bob", address: work, [.address, .user])
        #expect(limits.clientCounts == (0, 0))
        #expect(limits.streamCount == 0)
        #expect(try reached(.streamsPerUser) == 1)
    }

    @Test func `so many streams begin in a second, and those refused otherwise do not count`() throws {
        let limits = limits {
            $0.connectRate = 2
            $0.streamsPerUser = 1
        }
        #expect(limits.admit(user: "ann") == .admitted(.user))
        for _ in 0..<5 { #expect(limits.admit(user: "ann") == .refused(.limited)) }
        #expect(limits.admit(user: "bob") == .admitted(.user))
        #expect(limits.admit(user: "eve") == .refused(.limited))
        clock.advance(500_000)
        #expect(limits.admit(user: "eve") == .admitted(.user))
        #expect(try reached(.connectRate) == 1)
    }

    @Test func `the node's own limit is told apart`() throws {
        let limits = limits({ $0.streamsPerAddress = 1 }, maximum: 1)
        #expect(limits.admit(address: ClientAddress("192.0.2.1")) == .admitted(.address))
        #expect(limits.admit(address: ClientAddress("192.0.2.1")) == .refused(.overloaded))
        #expect(try reached(.streamsPerNode) == 1)
        #expect(try reached(.streamsPerAddress) == 0)
        limits.beginDraining()
        #expect(limits.admit() == .refused(.draining))
    }

    @Test func `a limit that is turned on or off with streams about counts none of them wrongly`() throws {
        let limits = limits { _ in }
        let ann = ClientAddress("192.0.2.1")
        #expect(limits.admit(user: "ann", address: ann) == .admitted([]))
        var configuration = GatewayConfiguration()
        configuration.clients.streamsPerAddress = 1
        limits.prepare(configuration)()
        #expect(limits.admit(user: "ann", address: ann) == .admitted(.address))
        #expect(limits.admit(user: "ann", address: ann) == .refused(.limited))
        limits.dismiss(user: "ann", address: ann, [])
        #expect(limits.admit(user: "ann", address: ann) == .refused(.limited))
        limits.prepare(GatewayConfiguration())()
        limits.dismiss(user: "ann", address: ann, .address)
        #expect(limits.clientCounts == (0, 0))
        #expect(limits.streamCount == 0)
    }
}
