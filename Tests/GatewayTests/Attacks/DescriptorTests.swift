import Foundation
import IntegrationSupport
import Testing

/// More connections than a node has descriptors.
@Suite struct DescriptorTests {
    /// A node that has few, with streams, somebody who posts, and Redis.
    private func withNode(
        _ body: (GatewayProcess, RedisServer, _ streams: [RawConnection], _ poster: RawConnection) async throws -> Void
    ) async throws {
        try await RedisServer.with { redis in
            let node = try await GatewayProcess(["--drain", "100ms"], descriptors: 200, redis: redis)
            var streams: [RawConnection] = []
            for _ in 0..<20 {
                let stream = try await RawConnection(port: node.port)
                try await stream.request("GET", "/chat")
                _ = try await stream.ready()
                streams.append(stream)
            }
            let poster = try await RawConnection(port: node.port)
            try await body(node, redis, streams, poster)
            #expect(await node.child.stop() == .exit(0))
        }
    }

    private func expectService(_ text: String, _ streams: [RawConnection], _ poster: RawConnection) async throws {
        try await poster.post("/chat", "{\"text\":\"\(text)\"}")
        #expect(try await poster.answer().status == 201)
        for stream in streams { #expect(try await stream.message().data.contains(text)) }
    }

    @Test func `a crowd of idle connections stops neither streams nor operators, and leaves nothing`() async throws {
        try await withNode { node, redis, streams, poster in
            var crowd: [RawConnection] = []
            for _ in 0..<600 { crowd.append(try await RawConnection(port: node.port)) }
            try await expectService("in the crowd", streams, poster)
            // Operators and orchestrators still get their answers, so that nobody restarts the node.
            let ops = try await node.opsURL
            #expect(try await Curl.status("\(ops)/livez") == 200)
            #expect(try await Curl.status("\(ops)/readyz") == 200)
            // The links to Redis can be opened again.
            try await redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            try await eventually("the node has noticed") { try await Curl.status("\(ops)/readyz") == 503 }
            try await eventually("the node is ready again") { try await Curl.status("\(ops)/readyz") == 200 }
            try await expectService("with new links", streams, poster)
            for connection in crowd { await connection.close() }
            try await eventually("somebody else is served") {
                try await Curl.status("http://127.0.0.1:\(try node.port)/") == 200
            }
            try await expectService("afterwards", streams, poster)
        }
    }

    @Test func `20,000 connections come and go, faster than they can be served`() async throws {
        try await withNode { node, _, streams, poster in
            // A connection that is open here may yet have to be accepted there.
            try await expectService("before", streams, poster)
            let before = try node.descriptorCount
            let port = try node.port
            for round in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for part in 0..<10 {
                        group.addTask {
                            var connections: [RawConnection] = []
                            for _ in 0..<100 { connections.append(try await RawConnection(port: port)) }
                            for (index, connection) in connections.enumerated() {
                                // Some send a request, or half of one; the node may have closed them already.
                                if index % 3 == part % 3 { try? await connection.send("GET / HTTP/1.1\r\nHost: a\r\n") }
                                if index % 2 == 0 { try? await connection.reset() }
                                await connection.close()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await expectService("round \(round)", streams, poster)
            }
            try await eventually("all descriptors are back") { try node.descriptorCount <= before }
            #expect(try await Curl.status("http://127.0.0.1:\(port)/") == 200)
            #expect(node.child.lines(of: .error).count < 10, "\(node.child.text(of: .error))")
        }
    }

    /// The node's own count stops it before the system does; here it is the system.
    @Test func `a node that the system refuses descriptors goes on, and takes connections again by itself`()
        async throws
    {
        try await withNode { node, _, streams, poster in
            // What is left after this is less than the node believes.
            let limit = try node.descriptorCount + 10
            _ = try await ChildProcess.output(
                of: "prlimit",
                ["--pid", "\(node.child.pid)", "--nofile=\(limit):\(limit)"]
            )
            var crowd: [RawConnection] = []
            for _ in 0..<100 { crowd.append(try await RawConnection(port: node.port)) }
            try await eventually("all descriptors are in use") { try node.descriptorCount >= limit }
            for round in 0..<5 { try await expectService("without descriptors \(round)", streams, poster) }
            for connection in crowd { await connection.close() }
            try await eventually("somebody else is served") {
                try await Curl.status("http://127.0.0.1:\(try node.port)/") == 200
            }
            try await expectService("afterwards", streams, poster)
        }
    }
}
