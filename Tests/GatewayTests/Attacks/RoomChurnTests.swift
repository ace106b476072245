import Foundation
import IntegrationSupport
import Testing

/// Rooms cost nothing but a name, and whoever likes may use as many as there are.
@Suite struct RoomChurnTests {
    @Test func `100,000 rooms that were listened to and left leave nothing, neither here nor in Redis`() async throws {
        try await RedisServer.with { redis in
            let node = try await GatewayProcess(["--linger", "100ms"], redis: redis)
            let port = try node.port
            // The first tenth: what pools and tables grow to stays.
            try await visit(rooms: 0..<10_000, port: port)
            try await expectNoSubscriptions(in: redis)
            let before = try node.residentBytes
            let memory = try await usedMemory(of: redis)
            try await visit(rooms: 10_000..<100_000, port: port)
            try await expectNoSubscriptions(in: redis)
            try await eventually("the memory is back", within: .seconds(10)) {
                try node.residentBytes < before + 16 << 20
            }
            #expect(try await usedMemory(of: redis) < memory + 4 << 20)
            try await eventually("Redis has nothing but its state", within: .seconds(20)) {
                try await redis.command("KEYS", "*") == "cg:0:{0}:1:state"
            }
            #expect(await node.child.stop() == .exit(0))
        }
    }

    private func visit(rooms: Range<Int>, port: Int) async throws {
        let perStream = 100
        let width = 10
        for start in stride(from: rooms.lowerBound, to: rooms.upperBound, by: perStream * width) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for first in stride(from: start, to: min(start + perStream * width, rooms.upperBound), by: perStream) {
                    group.addTask {
                        let query = (first..<first + perStream).map { "room=visited\($0)" }.joined(separator: "&")
                        let connection = try await RawConnection(port: port)
                        try await connection.request("GET", "/events?\(query)")
                        _ = try await connection.ready()
                        await connection.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func expectNoSubscriptions(in redis: RedisServer) async throws {
        try await eventually("Redis has no subscriptions to rooms", within: .seconds(20)) {
            try await !redis.command("PUBSUB", "CHANNELS").contains("visited")
        }
    }

    private func usedMemory(of redis: RedisServer) async throws -> Int {
        let information = try await redis.command("INFO", "memory")
        let line = try #require(information.firstMatch(of: /used_memory:(\d+)/))
        return try #require(Int(line.output.1))
    }
}
