import ChatGateway
import Foundation
import IntegrationSupport
import Testing

/// Cursors that no node has given, and bytes that want to break out of where they stand.
///
/// Cursors of another history are in ``StreamTests``.
@Suite struct CraftedCursorTests {
    private static func crafted(_ epoch: String) -> [String] {
        let largest = "18446744073709551615"
        return [
            "\(epoch).\(largest)-\(largest)", "\(epoch).\(largest)-0", "\(epoch).0-0", "\(epoch).0-\(largest)",
            "\(epoch).18446744073709551616-0", "\(epoch).-1-0", "\(epoch).1--1", "\(epoch).1-0-0", "\(epoch).1",
            "\(epoch).", "\(epoch).1-0_\(epoch).1-0", ".1-0", "..", "\(epoch).0x1-0", "\(epoch).01-00",
            "\(epoch).%D9%A1-%D9%A0", "\(epoch).1-0%0D%0Aevent:%20message%0D%0Adata:%20x", "\(epoch).1-0%00",
            "%00", "%20", "%0A%0A", "\(epoch.uppercased()).1-0", "*", "%E2%80%AE", "\(epoch)%2E1-0",
            String(repeating: "1", count: 5_000), "\(epoch)." + String(repeating: "1", count: 5_000) + "-0",
        ]
    }

    @Test func `whatever cursor it is given, a stream opens, keeps its framing and goes on`() async throws {
        try await Node.with { node in
            let first = try await node.stream("/rooms/a/events").ready
            let epoch = try #require(first.id?.split(separator: ".").first.map(String.init))
            for cursor in Self.crafted(epoch) {
                let connection = try await node.connect()
                try await connection.request("GET", "/rooms/a/events?last_event_id=\(cursor)")
                let ready = try await connection.ready()
                #expect(ready.id.map { $0.utf8.count <= 80 } == true, "\(cursor)")
                let posted = try await node.post("{\"cursor\":true}", to: "a")
                var event = try await connection.message()
                while event.event == "gap" || event.data != posted {
                    #expect(event.event == "gap" || event.data.contains("\"cursor\":true"), "\(cursor): \(event)")
                    event = try await connection.message()
                }
                await connection.close()
                // Also where messages are listed.
                for side in ["after", "before"] {
                    let list = try await node.answer("GET", "/rooms/a/messages?\(side)=\(cursor)")
                    #expect([200, 410].contains(list.status), "\(cursor): \(list)")
                }
            }
        }
    }

    @Test func `a refusal repeats a cursor only where it is one`() async throws {
        try await Node.with {
            $0.maxStreams = 1
        } _: { node in
            let (holder, ready) = try await node.stream("/chat")
            let epoch = try #require(ready.id?.split(separator: ".").first.map(String.init))
            for cursor in Self.crafted(epoch) {
                let connection = try await node.connect()
                try await connection.request("GET", "/chat?last_event_id=\(cursor)")
                _ = try await connection.head()
                let bye = try await connection.event()
                #expect(bye.event == "bye" && bye.id == Cursor(cursor.removingPercentEncoding ?? "")?.description)
                #expect(Set(bye.names).isSubset(of: ["retry", "event", "data", "id"]))
                #expect(try await connection.end() == "", "\(cursor)")
            }
            await holder.close()
        }
    }

    @Test func `bytes that end lines go nowhere, in whatever field they come`() async throws {
        try await Node.with {
            $0.corsOrigins = ["https://a.example"]
        } _: { node in
            let breaking = "x%0D%0AX-Injected:%20yes%0D%0A%0D%0Adata:%20x"
            for target in [
                "/rooms/\(breaking)/events", "/rooms/\(breaking)/messages", "/events?room=\(breaking)",
                "/chat?user=\(breaking)", "/chat?last_event_id=\(breaking)", "/chat?history=\(breaking)",
                "/\(breaking)", "/chat?\(breaking)", "/rooms/a/messages?before=\(breaking)",
                "/rooms/a/messages?limit=\(breaking)",
            ] {
                for method in ["GET", "HEAD", "OPTIONS", "POST"] {
                    let connection = try await node.connect()
                    let length = method == "POST" ? ["Content-Type: application/json", "Content-Length: 0"] : []
                    try await connection.request(method, target, ["Origin: https://a.example"] + length)
                    let head = try await connection.head()
                    #expect(head["x-injected"] == nil, "\(target)")
                    await connection.close()
                }
            }
            // As it is, such a field is another field or no HTTP: what is reflected is the id alone, and only if it is one.
            for field in [
                "X-Request-ID: a\tb", "Origin: https://a.example\t", "X-Request-ID: é", "Last-Event-ID: a\tb",
            ] {
                let answer = try await node.answer("GET", "/nothing", [field])
                #expect(answer.status == 404)
                #expect(answer["x-request-id"]?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } == true)
            }
        }
    }

    @Test func `a forged cursor disturbs nobody else, and not what Redis knows`() async throws {
        try await RedisServer.with { redis in
            let first = try await GatewayProcess(["--drain", "100ms"], redis: redis)
            let second = try await GatewayProcess(["--drain", "100ms"], redis: redis)
            let listener = try await RawConnection(port: first.port)
            try await listener.request("GET", "/chat")
            let ready = try await listener.ready()
            let epoch = try #require(ready.id?.split(separator: ".").first)
            let top = try await redis.command("HGET", "cg:0:{0}:1:state", "top")
            for node in [first, second] {
                let liar = try await RawConnection(port: node.port)
                try await liar.request("GET", "/chat", ["Last-Event-ID: \(epoch).9999999999999-7"])
                _ = try await liar.ready()
                #expect(try await liar.message().data.contains("data-lost"))
                await liar.close()
            }
            let posted = try await Curl.post(#"{"text":"after"}"#, to: "\(second.url)/chat")
            #expect(posted.status == 201)
            let event = try await listener.message()
            #expect(event.event == "message" && event.data == posted.body, "\(event)")
            #expect(event.id?.hasPrefix("\(epoch).") == true)
            #expect(try await redis.command("HGET", "cg:0:{0}:1:state", "epoch") == epoch)
            #expect(try await redis.command("HGET", "cg:0:{0}:1:state", "top") > top)
            for node in [first, second] { #expect(await node.child.stop() == .exit(0)) }
        }
    }
}
