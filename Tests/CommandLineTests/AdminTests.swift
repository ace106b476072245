import AsyncHTTPClient
import Foundation
import IntegrationSupport
import NIOCore
import Testing

extension CommandLineTests {
    /// Orders of operators on nodes that share a Redis.
    struct AdminTests {
        private func order(_ body: String, _ node: GatewayProcess) async throws -> String {
            var request = HTTPClientRequest(url: try await node.child.opsURL() + "admin/disconnect")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            #expect(answer.status == .accepted)
            return String(buffer: try await answer.body.collect(upTo: 65_536))
        }

        private func status(_ target: String, _ node: GatewayProcess) async throws -> Int {
            let connection = try await RawConnection(port: node.port)
            try await connection.request("GET", target)
            let head = try await connection.head()
            await connection.close()
            return head.status
        }

        @Test("An order to one node ends streams on another, and a bar holds on all, also on one that starts later")
        func orders() async throws {
            try await RedisServer.with { redis in
                let first = try await GatewayProcess(["--node", "first"], redis: redis)
                let second = try await GatewayProcess(["--node", "second"], redis: redis)
                let ann = try await Listener(second.url + "/chat?user=ann")
                let bob = try await Listener(second.url + "/chat?user=bob")
                #expect(try await order(#"{"user":"ann","bar":"10m"}"#, first) == #"{"nodes":2}"#)
                try await ann.line(with: #"data: {"reason":"kicked","reconnect":false}"#)
                try await ann.end()
                #expect(bob.isOpen)
                for node in [first, second] { #expect(try await status("/chat?user=ann", node) == 204) }

                #expect(await second.child.stop() == .exit(0))
                let third = try await GatewayProcess(["--node", "second"], redis: redis)
                try await eventually("the new node knows the bar") { try await status("/chat?user=ann", third) == 204 }
                #expect(try await status("/chat?user=bob", third) == 200)

                #expect(try await order(#"{"user":"ann","bar":"0s"}"#, third) == #"{"nodes":2}"#)
                try await eventually("ann may come back") { try await status("/chat?user=ann", first) == 200 }
                for node in [first, third] { #expect(await node.child.stop() == .exit(0)) }
            }
        }

        @Test("A stream is found by its id on whatever node it is, and its user is barred")
        func byStream() async throws {
            try await RedisServer.with { redis in
                let first = try await GatewayProcess(redis: redis)
                let second = try await GatewayProcess(redis: redis)
                let connection = try await RawConnection(port: second.port)
                try await connection.request("GET", "/chat?user=ann%20b")
                _ = try await connection.head()
                let id = try #require(try await connection.event().data.firstMatch(of: /"stream":"([^"]+)"/)).output.1
                _ = try await order(#"{"stream":"\#(id)","bar":"1h"}"#, first)
                try await connection.end()
                for node in [first, second] {
                    try await eventually("the user is barred") {
                        try await status("/chat?user=ann+b", node) == 204
                    }
                }
                for node in [first, second] { #expect(await node.child.stop() == .exit(0)) }
            }
        }

        @Test("A node whose links were cut learns what it missed, and ends streams of who is barred")
        func missed() async throws {
            try await RedisServer.with { redis in
                let door = try await TCPProxy(to: redis.port)
                let near = try await GatewayProcess(redis: redis)
                let far = try await GatewayProcess(["--redis", "redis://127.0.0.1:\(door.port)/0"])
                let ann = try await Listener(far.url + "/chat?user=ann")
                door.redirect(to: try RedisServer.freePort())
                await door.cut()
                try await eventually("Redis has noticed") {
                    try await redis.command("PUBSUB", "NUMSUB", "cg:0:{0}:control:1").hasSuffix("1")
                }
                #expect(try await order(#"{"user":"ann","bar":"10m"}"#, near) == #"{"nodes":1}"#)
                door.redirect(to: redis.port)
                try await ann.line(with: "kicked", within: .seconds(20))
                for node in [near, far] { #expect(await node.child.stop() == .exit(0)) }
            }
        }

        @Test("An ops listener that others reach is not opened without a key")
        func openOps() async throws {
            let run = try await Program.run("serve", "--port", "0", "--ops-host", "0.0.0.0")
            #expect(run.ending == .exit(1))
            #expect(run.output == [])
            #expect(run.errors.count == 1 && run.errors[0].contains("--ops-host: the ops listener would be open"))
        }

        @Test("The key comes from a file and can change without a restart")
        func keyFile() async throws {
            let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
            try Data("the first key of all\n".replacing(" ", with: "-").utf8).write(to: URL(filePath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let node = try await GatewayProcess(["--ops-host", "0.0.0.0", "--ops-key-file", path])
            let url = try await node.child.opsURL() + "admin/node"
            func status(_ key: String) async throws -> UInt {
                var request = HTTPClientRequest(url: url)
                request.headers.add(name: "Authorization", value: "Bearer \(key)")
                return try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code
            }
            #expect(try await status("the-first-key-of-all") == 200)
            try Data("the-second-key-of-all".utf8).write(to: URL(filePath: path))
            node.child.signal(SIGHUP)
            try await node.child.line(of: .error) { $0.contains("Configuration reloaded") }
            #expect(try await status("the-first-key-of-all") == 401)
            #expect(try await status("the-second-key-of-all") == 200)
            #expect(!node.child.text(of: .error).contains("key-of-all"))
            #expect(await node.child.stop() == .exit(0))
        }
    }
}
