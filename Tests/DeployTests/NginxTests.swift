import Foundation
import IntegrationSupport
import Testing

/// Debian's nginx with the project's configuration, before three nodes with a real Redis.
@Suite(.serialized) struct NginxTests {
    @Test func `a message POSTed through nginx reaches open streams on all three nodes`() async throws {
        try await Cluster.with { cluster in
            let listeners = try await cluster.listenersOnAllNodes("/rooms/hall/events")
            let answer = try await Curl.post(#"{"text":"to everyone"}"#, to: cluster.nginx.url + "/rooms/hall/messages")
            #expect(answer.status == 201)
            for listener in listeners {
                // What listeners get is what the sender got, and it comes while the stream stays open.
                try await listener.line(with: answer.body)
                #expect(listener.isOpen)
            }
        }
    }

    @Test func `rooms named in any script and the plain /chat go through nginx as they are`() async throws {
        try await Cluster.with { cluster in
            let room = "/rooms/%E8%81%8A%E5%A4%A9%20%E5%AE%A4"
            let named = try await Listener(cluster.nginx.url + room + "/events")
            let plain = try await Listener(cluster.nginx.url + "/chat")
            let several = try await Listener(
                cluster.nginx.url + "/events?room=lobby&room=%E8%81%8A%E5%A4%A9%20%E5%AE%A4"
            )
            #expect(try await Curl.post(#"{"n":1}"#, to: cluster.nginx.url + room + "/messages").status == 201)
            #expect(try await Curl.post(#"{"n":2}"#, to: cluster.nginx.url + "/chat").status == 201)
            try await named.line(with: #""room":"聊天 室""#)
            try await plain.line(with: #""n":2"#)
            try await several.line(with: #""n":1"#)
            try await several.line(with: #""n":2"#)
        }
    }

    @Test func `it is the gateway, not nginx, that refuses a target of 16 KiB`() async throws {
        try await Cluster.with { cluster in
            func target(of length: Int) -> String {
                let start = "/rooms/hall/messages?limit=1&padding="
                return start + String(repeating: "x", count: length - start.count)
            }
            let fitting = try await Curl.answer(cluster.nginx.url + target(of: 15 * 1024))
            #expect(fitting.status == 200)
            let refused = try await Curl.answer(cluster.nginx.url + target(of: 16 * 1024))
            #expect(refused.status == 431)
            #expect(refused.head.contains("application/problem+json"))
        }
    }

    @Test func `the gateway gets bodies up to its limit and answers longer ones itself`() async throws {
        try await Cluster.with { cluster in
            let folder = cluster.nginx.folder
            func post(bytes: Int) async throws -> Curl.Answer {
                let empty = #"{"text":""}"#
                let text = String(repeating: "x", count: bytes - empty.utf8.count)
                try folder.write(#"{"text":"\#(text)"}"#, as: "body.json")
                let body = folder.url.appending(path: "body.json").path
                return try await Curl.post("@" + body, to: cluster.nginx.url + "/rooms/hall/messages")
            }
            #expect(try await post(bytes: 65_536).status == 201)
            for bytes in [65_537, 300_000] {
                let answer = try await post(bytes: bytes)
                #expect(answer.status == 413)
                #expect(answer.head.contains("application/problem+json"))
            }
        }
    }

    @Test func `the access log has no query strings, for tokens travel in them`() async throws {
        try await Cluster.with { cluster in
            let listener = try await Listener(cluster.nginx.url + "/rooms/hall/events?access_token=secret-1")
            await listener.close()
            _ = try await Curl.answer(
                cluster.nginx.url + "/rooms/hall/messages?access_token=secret-2",
                ["-H", "Referer: http://chat.example/?access_token=secret-3", "-H", "X-Request-ID: request-4"]
            )
            try await eventually("both requests are in the log") {
                let log = try cluster.nginx.accessLog
                return log.contains("GET /rooms/hall/events 200") && log.contains("GET /rooms/hall/messages 200")
            }
            let log = try cluster.nginx.accessLog
            #expect(!log.contains("secret"))
            #expect(!log.contains("?"))
            #expect(log.contains("request-4"))
        }
    }

    @Test func `a request's own id reaches the gateway and comes back, and one without gets an id`() async throws {
        try await Cluster.with { cluster in
            let url = cluster.nginx.url + "/rooms/hall/messages"
            let named = try await Curl.answer(url, ["-H", "X-Request-ID: request-5"])
            #expect(named.head.lowercased().contains("\r\nx-request-id: request-5"))
            let unnamed = try await Curl.answer(url)
            #expect(unnamed.head.lowercased().contains(/\r\nx-request-id: [0-9a-f]{32}/))
        }
    }

    @Test func `when a node is killed its listeners come back on another and no request fails`() async throws {
        try await Cluster.with { cluster in
            let listeners = try await cluster.listenersOnAllNodes("/rooms/hall/events")
            let lost = try #require(listeners.first)
            await cluster.nodes[lost.node]?.child.kill()
            try await lost.end()
            let returned = try await Listener(cluster.nginx.url + "/rooms/hall/events")
            #expect(returned.node != lost.node)
            for number in 0..<9 {
                let answer = try await Curl.post("{\"n\":\(number)}", to: cluster.nginx.url + "/rooms/hall/messages")
                #expect(answer.status == 201)
                try await returned.line(with: "\"n\":\(number)")
            }
        }
    }

    @Test func `while no node answers, streams are told to come back and other requests get a problem`() async throws {
        try await Cluster.with { cluster in
            for node in cluster.nodes.values { await node.child.kill() }
            let stream = try await Curl.answer(
                cluster.nginx.url + "/rooms/hall/events",
                ["-H", "Last-Event-ID: epoch.1700000000000-3"]
            )
            #expect(stream.status == 200)
            #expect(stream.head.contains("Content-Type: text/event-stream"))
            let lines = stream.body.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first?.contains(/^retry: [1-3][05]00$/) == true)
            #expect(
                lines.dropFirst() == [
                    "event: bye", #"data: {"reason":"not-ready","reconnect":true}"#, "id: epoch.1700000000000-3", "",
                    "",
                ]
            )
            for path in ["/chat", "/rooms/hall/messages"] {
                let post = try await Curl.post("{}", to: cluster.nginx.url + path)
                #expect(post.status == 503)
                #expect(post.head.contains("Retry-After: "))
                let problem = try JSONDecoder().decode(Problem.self, from: Data(post.body.utf8))
                #expect(problem == Problem(status: 503, stored: "unknown"))
            }
        }
    }

    /// The members of a problem that tell a sender whether to try again.
    private struct Problem: Decodable, Equatable {
        var status: Int
        var stored: String
    }
}
