import Foundation
import IntegrationSupport
import Testing

@testable import ChatGateway

/// The stream of reports and the page on a node's ops listener.
@Suite struct ClusterTests {
    private func get(_ target: String, _ fields: [String] = []) -> String {
        "GET \(target) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n"
    }

    private func watch(_ node: Node, _ fields: [String] = []) async throws -> RawConnection {
        let connection = try await RawConnection(port: node.opsPort)
        try await connection.send(get("/admin/events", fields))
        let head = try await connection.head()
        try #require(head.status == 200 && head["content-type"] == "text/event-stream", "\(head)")
        return connection
    }

    /// Reads a chunked stream until a report says what is wanted.
    private func report(
        _ what: String,
        on connection: RawConnection,
        _ isWanted: @escaping @Sendable ([String: Any]) -> Bool
    ) async throws {
        try await eventually(what) {
            try await connection.rest.split(separator: "\n")
                .contains { line in
                    guard line.hasPrefix("data: "),
                        let told = try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8))
                    else { return false }
                    return (told as? [String: Any]).map(isWanted) ?? false
                }
        }
    }

    @Test func `who watches is told how many streams and rooms there are, and what is written to them`() async throws {
        try await Node.with { node in
            let (first, _) = try await node.stream("/events?room=a&room=b&user=ann")
            let (second, _) = try await node.stream("/rooms/a/events")
            let watcher = try await watch(node)
            try await report("the node is told of", on: watcher) { $0["node"] as? String == "test" }
            try await report("streams and rooms", on: watcher) { told in
                let rooms = told["biggest"] as? [[String: Any]] ?? []
                return told["streams"] as? Int == 2 && told["rooms"] as? Int == 2 && told["ready"] as? Bool == true
                    && rooms.map { $0["room"] as? String } == ["a", "b"]
                    && rooms.map { $0["streams"] as? Int } == [2, 1]
                    && (told["memory"] as? Int ?? 0) > 1_000_000
            }
            // Rates are of the time between two reports.
            try await report("a first rate", on: watcher) { $0["posts"] as? Double == 0 }
            for _ in 0..<5 { try await node.post(#"{"text":"x"}"#, to: "a") }
            try await report("messages in, and out", on: watcher) { told in
                guard let posts = told["posts"] as? Double, let deliveries = told["deliveries"] as? Double else {
                    return false
                }
                return posts > 0 && deliveries > posts && told["p99"] is Int
            }
            for connection in [first, second, watcher] { await connection.close() }
        }
    }

    @Test func `16 pages watch, the next is told to come back, and there is room when one has left`() async throws {
        try await Node.with { node in
            var watchers: [RawConnection] = []
            for _ in 0..<ClusterDesk.watcherLimit { watchers.append(try await watch(node)) }
            for watcher in watchers { try await report("a report", on: watcher) { $0["node"] as? String == "test" } }
            let refused = try await node.ops(get("/admin/events", ["Connection: close"]))
            #expect(refused.status == 429 && refused["retry-after"] != nil)
            await watchers.removeLast().close()
            try await eventually("there is room") {
                // A HEAD takes none.
                let head = "HEAD /admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                let connection = try await RawConnection(port: node.opsPort)
                try await connection.send(head)
                let status = try await connection.head().status
                await connection.close()
                return status == 200
            }
            watchers.append(try await watch(node))
            for watcher in watchers { await watcher.close() }
        }
    }

    @Test func `a watcher's stream ends with the node, in good order`() async throws {
        try await Node.with { node in
            let watcher = try await watch(node)
            try await report("a report", on: watcher) { $0["node"] as? String == "test" }
            await node.stop()
            let rest = try await watcher.end()
            #expect(rest.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    @Test(arguments: ["/admin/", "/admin/cluster.css", "/admin/cluster.js"])
    func `the page loads without the key, so that it can ask for it, and the data does not`(path: String) async throws {
        try await Node.with({ $0.opsKey = .init("0123456789abcdef") }) { node in
            let page = try await node.ops(get(path, ["Connection: close"]))
            #expect(page.status == 200)
            let policy = try #require(page["content-security-policy"])
            #expect(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"))
            let tag = try #require(page["etag"])
            #expect(try await node.ops(get(path, ["If-None-Match: \(tag)", "Connection: close"])).status == 304)
            for target in ["/admin/events", "/admin/node", "\(path)x"] {
                #expect(try await node.ops(get(target, ["Connection: close"])).status == 401, "\(target)")
            }
            let watcher = try await watch(node, ["Authorization: Bearer 0123456789abcdef"])
            await watcher.close()
        }
    }

    @Test func `who came with a key that is no longer good is sent away`() async throws {
        try await Node.with({ $0.opsKey = .init("0123456789abcdef") }) { node in
            let watcher = try await watch(node, ["Authorization: Bearer 0123456789abcdef"])
            try await report("a report", on: watcher) { $0["node"] as? String == "test" }
            var configuration = node.configuration.current
            configuration.maxRooms = 50
            try node.configuration.reload(configuration)
            let ready = try await watcher.rest.count
            try await eventually("another report") { try await watcher.rest.count > ready }
            configuration.opsKey = .init("another key of ours")
            try node.configuration.reload(configuration)
            try await eventually("the stream has ended") { try await watcher.rest.hasSuffix("\r\n0\r\n\r\n") }
            await watcher.close()
        }
    }

    @Test func `without its slash the page's address leads to it`() async throws {
        try await Node.with { node in
            let answer = try await node.ops(get("/admin", ["Connection: close"]))
            #expect(answer.status == 308 && answer["location"] == "admin/")
        }
    }

    @Test(arguments: ["cross-site", "same-site"])
    func `pages of other sites neither watch nor order anything`(site: String) async throws {
        try await Node.with { node in
            let field = "Sec-Fetch-Site: \(site)"
            for path in ["/admin/events", "//admin/events", "/admin//events"] {
                let watched = try await node.ops(get(path, [field, "Connection: close"]))
                #expect(watched.status == 403, "\(path)")
            }
            let order =
                "POST /admin/disconnect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(field)\r\n"
                + "Content-Length: 12\r\nConnection: close\r\n\r\n{\"user\":\"a\"}"
            #expect(try await node.ops(order).status == 403)
            // But one may link to the page.
            #expect(try await node.ops(get("/admin/", [field, "Connection: close"])).status == 200)
            let rebound = "GET /admin/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
            #expect(try await node.ops(rebound).status == 403)
        }
    }
}
