import ChatGateway
import Foundation
import IntegrationSupport
import NIOCore
import Testing

/// Clients that go away, politely or not, and what stays behind: nothing.
@Suite struct DepartureTests {
    @Test func `a client that leaves is gone at once, by FIN or by RST`() async throws {
        try await Node.with {
            $0.maxStreams = 1
        } _: { node in
            // There is room for one: the next is taken in only once this one is out of every table.
            for way in Way.allCases {
                try await eventually("the place is free") {
                    let connection = try await node.connect()
                    try await way.open(connection)
                    _ = try await connection.head()
                    let isReady = try await connection.event().event == "ready"
                    if isReady { try await way.leave(connection) } else { await connection.close() }
                    return isReady
                }
            }
            try await eventually("the node follows no room") { node.broker.rooms.isEmpty }
        }
    }

    @Test func `a FIN with the request ends the stream too`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.request("GET", "/chat")
            try await connection.finish()
            try await connection.end()
            try await eventually("the node follows no room") { node.broker.rooms.isEmpty }
        }
    }

    @Test func `connections that send nothing, or half a head, end with their client's FIN`() async throws {
        try await Node.with { node in
            for bytes in ["", "GET /ch", "GET /chat HTTP/1.1\r\nHost: a\r\n"] {
                let connection = try await node.connect()
                if !bytes.isEmpty { try await connection.send(bytes) }
                try await connection.finish()
                let rest = try await connection.end()
                #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 400 "))
            }
        }
    }

    /// Drives the real program, so that its descriptors are its own, and Redis, whose subscriptions can be counted.
    @Test func `2,000 streams that came and went leave nothing`() async throws {
        let redis = try await RedisServer()
        let gateway = try await GatewayProcess(["--linger", "100ms", "--max-streams", "400"], redis: redis)
        let port = try gateway.port
        let descriptors = { () throws -> Int in
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(gateway.child.pid)/fd").count
        }
        // What a first use opens stays open: it is counted in.
        for way in Way.allCases { try await way.visit(port: port, room: "first") }
        let before = try descriptors()
        let width = 40
        for round in 0..<(2_000 / width) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<width {
                    let way = Way.allCases[(round * width + index) % Way.allCases.count]
                    group.addTask { try await way.visit(port: port, room: "room\(round % 20)-\(index)") }
                }
                try await group.waitForAll()
            }
        }
        try await eventually("all descriptors are back", within: .seconds(10)) { try descriptors() <= before }
        try await eventually("Redis has no subscriptions to rooms", within: .seconds(10)) {
            try await redis.command("pubsub", "channels").split(separator: "\n").allSatisfy { !$0.contains("room") }
        }
        // Every place is free again.
        var streams: [RawConnection] = []
        for _ in 0..<400 {
            let connection = try await RawConnection(port: port)
            try await connection.request("GET", "/chat")
            streams.append(connection)
        }
        for stream in streams { _ = try await stream.ready() }
        for stream in streams { await stream.close() }
        #expect(await gateway.child.stop(within: .seconds(10)) == .exit(0))
        await redis.stop()
    }
}

/// The ways in which clients of these tests come and go.
private enum Way: CaseIterable {
    case freshAndFIN
    case freshAndRST
    case afterRequestAndFIN
    case afterRequestAndRST

    func open(_ connection: RawConnection, room: String = "lobby") async throws {
        if self == .afterRequestAndFIN || self == .afterRequestAndRST {
            try await connection.request("OPTIONS", "/chat")
            _ = try await connection.answer()
        }
        try await connection.request("GET", "/rooms/\(room)/events")
    }

    func leave(_ connection: RawConnection) async throws {
        switch self {
        case .freshAndFIN, .afterRequestAndFIN:
            try await connection.finish()
            try await connection.end()
            await connection.close()
        case .freshAndRST, .afterRequestAndRST: try await connection.reset()
        }
    }

    func visit(port: Int, room: String) async throws {
        let connection = try await RawConnection(port: port)
        try await open(connection, room: room)
        _ = try await connection.ready()
        try await leave(connection)
    }
}
