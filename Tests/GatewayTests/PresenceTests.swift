import ChatGateway
import Foundation
import IntegrationSupport
import Testing

/// Who is in a room: what listeners are told, and what is answered.
@Suite struct PresenceTests {
    private func on(_ configuration: inout GatewayConfiguration) {
        configuration.presence = .on
        configuration.presenceGrace = .milliseconds(300)
    }

    @Test func `listeners hear of users, not of their tabs, and not of who comes right back`() async throws {
        try await Node.with({
            on(&$0)
            // Somebody comes back within it even on a machine that has much to do.
            $0.presenceGrace = .seconds(5)
        }) { node in
            let (ann, _) = try await node.stream("/chat?user=ann")
            #expect(try await ann.presence() == PresenceTold(room: "lobby", streams: 1, joined: ["ann"], left: []))
            let (tab, _) = try await node.stream("/chat?user=ann")
            let (bo, _) = try await node.stream("/events?room=lobby&room=x&user=bo")
            let joined = try await ann.presence()
            #expect(joined.joined == ["bo"] && joined.left == [])
            try await eventually("all are counted") {
                let answer = try await node.answer("GET", "/rooms/lobby/presence")
                #expect(answer.status == 200 && answer["content-type"] == "application/json")
                return try PresenceAnswered(answer.body)
                    == PresenceAnswered(
                        streams: 3,
                        users: [.init(user: "ann", streams: 2), .init(user: "bo", streams: 1)]
                    )
            }
            await tab.close()
            await bo.close()
            let (back, _) = try await node.stream("/chat?user=bo")
            await back.close()
            // Of what came before nobody is told, or it would be first.
            let told = try await ann.presence(within: .seconds(30))
            #expect(told == PresenceTold(room: "lobby", streams: 1, joined: [], left: ["bo"]))
            let rest = try PresenceAnswered(try await node.answer("GET", "/rooms/lobby/presence").body)
            #expect(rest == PresenceAnswered(streams: 1, users: [.init(user: "ann", streams: 1)]))
            #expect(try PresenceAnswered(try await node.answer("GET", "/rooms/x/presence").body).streams == 0)
            await ann.close()
        }
    }

    @Test func `who has no name is counted, and of too many only the number is told`() async throws {
        try await Node.with({
            on(&$0)
            $0.presenceLimit = 1
        }) { node in
            let streams = [
                try await node.stream("/chat").0, try await node.stream("/chat?user=ann").0,
                try await node.stream("/chat?user=bo").0,
            ]
            var told: RawEvent
            repeat { told = try await streams[0].event(withPresence: true) } while !told.data.contains("\"streams\":3")
            #expect(told.event == "presence" && told.data == #"{"room":"lobby","streams":3,"joined":[],"left":[]}"#)
            let answer = try await node.answer("GET", "/rooms/lobby/presence")
            #expect(answer.body == #"{"streams":3,"users":[]}"#)
            for stream in streams { await stream.close() }
        }
    }

    @Test func `it takes the right to read, and shows the token's user`() async throws {
        try await Node.withTokens(on) { node, issuer in
            let ann = bearer(try issuer.token("ann", read: ["lobby"], write: []))
            let (stream, _) = try await node.stream("/chat?user=bo", [ann])
            #expect(try await stream.presence().joined == ["ann"])
            #expect(try await node.answer("GET", "/rooms/lobby/presence").status == 401)
            #expect(try await node.answer("GET", "/rooms/other/presence", [ann]).status == 403)
            let answer = try await node.answer("GET", "/rooms/lobby/presence", [ann])
            #expect(answer.body == #"{"streams":1,"users":[{"user":"ann","streams":1}]}"#)
            await stream.close()
        }
    }

    @Test func `who has just come is there for whoever asks next, unless told otherwise from the start`() async throws {
        #expect(GatewayConfiguration().presence == .on)
        try await Node.with(on) { node in
            for index in 1...20 {
                let (stream, _) = try await node.stream("/rooms/r\(index)/events?user=ann")
                let answer = try await node.answer("GET", "/rooms/r\(index)/presence")
                #expect(answer.body == #"{"streams":1,"users":[{"user":"ann","streams":1}]}"#)
                await stream.close()
            }
        }
    }

    @Test func `where it is off nobody is told or asked`() async throws {
        try await Node.with({ $0.presence = .off }) { node in
            let (stream, _) = try await node.stream("/chat?user=ann")
            #expect(try await node.answer("GET", "/rooms/lobby/presence").status == 404)
            await stream.close()
        }
    }
}
