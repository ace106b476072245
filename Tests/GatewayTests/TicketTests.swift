import ChatGateway
import ChatGatewayTesting
import IntegrationSupport
import Testing

/// Streams for clients that cannot send header fields.
@Suite struct TicketTests {
    private func resume(in ready: RawEvent) throws -> String {
        String(try #require(ready.data.firstMatch(of: /,"resume":"([^"]+)"}$/), "\(ready)").output.1)
    }

    @Test func `a ticket is given to somebody with a token, for 30 seconds at most`() async throws {
        try await Node.withTokens { node, issuer in
            let answer = try await node.answer(RawConnection.post("/tickets", "", [bearer(issuer.token("ann"))]))
            #expect(answer.status == 201 && answer["cache-control"] == "no-store")
            #expect(
                answer.body.wholeMatch(of: /\{"ticket":"[A-Za-z0-9_-]{30}","expires":"20[0-9T:.-]+Z"\}/) != nil,
                "\(answer.body)"
            )
            for method in ["GET", "DELETE"] {
                let refusal = try await node.answer(method, "/tickets", [bearer(issuer.token("ann"))])
                #expect(refusal.status == 405 && refusal["allow"] == "POST, OPTIONS")
            }
        }
    }

    @Test func `a ticket opens one stream; who copies it opens none`() async throws {
        try await Node.withTokens { node, issuer in
            let ticket = try await node.ticket(issuer.token("ann", read: ["a"], write: ["a"]))
            let (connection, head) = try await node.open("/rooms/a/events?ticket=\(ticket)")
            #expect(head.status == 200)
            _ = try await connection.event()
            let copy = try await node.answer("GET", "/rooms/a/events?ticket=\(ticket)")
            #expect(copy.status == 401 && copy["www-authenticate"] == #"Bearer error="invalid_token""#)
            // Nor is it good for anything else.
            let post = RawConnection.post("/rooms/a/messages?ticket=\(ticket)", "{}", [bearer(ticket)])
            #expect(try await node.answer(post).status == 401)
        }
    }

    @Test func `a ticket opens no room that its token does not, and is used then`() async throws {
        try await Node.withTokens { node, issuer in
            let ticket = try await node.ticket(issuer.token("ann", read: ["a"]))
            #expect(try await node.status("/rooms/b/events?ticket=\(ticket)") == 403)
            #expect(try await node.status("/rooms/a/events?ticket=\(ticket)") == 401)
        }
    }

    @Test func `the cookie of a stream brings it back, and only it`() async throws {
        try await Node.withTokens { node, issuer in
            let token = try issuer.token("ann", read: ["a", "b"])
            let ticket = try await node.ticket(token)
            let (_, head) = try await node.open("/rooms/a/events?ticket=\(ticket)")
            let field = try #require(head["set-cookie"])
            let cookie = try #require(field.split(separator: ";").first)
            #expect(field.contains("; Path=/rooms/a/events; Max-Age="))
            #expect(field.hasSuffix("; HttpOnly; SameSite=Strict"))
            #expect(!field.contains(ticket))
            let age = try #require(field.firstMatch(of: /Max-Age=(\d+)/).flatMap { Int($0.output.1) })
            #expect((500...600).contains(age))

            // As often as need be, each time with a new one.
            var last = String(cookie)
            for _ in 0..<3 {
                let (_, again) = try await node.open("/rooms/a/events?ticket=\(ticket)", ["Cookie: x=1; \(last)"])
                #expect(again.status == 200)
                let next = String(try #require(again["set-cookie"]?.split(separator: ";").first))
                #expect(next != last && next.split(separator: "=").first == last.split(separator: "=").first)
                last = next
            }
            // Not without a ticket, not with one of other rights, not changed, and not for other rooms.
            let fields = ["Cookie: \(cookie)"]
            #expect(try await node.status("/rooms/a/events", fields) == 401)
            let other = try await node.ticket(issuer.token("bo", read: ["a"]))
            #expect(try await node.status("/rooms/a/events?ticket=\(other)", fields) == 200)
            #expect(try await node.status("/rooms/a/events?ticket=\(other)", fields) == 401)
            let renamed = cookie.replacing(ticket.suffix(8), with: other.suffix(8))
            #expect(try await node.status("/rooms/a/events?ticket=\(other)", ["Cookie: \(renamed)"]) == 401)
            #expect(try await node.status("/rooms/a/events?ticket=\(ticket)", ["Cookie: \(cookie)A"]) == 401)
            #expect(try await node.status("/rooms/c/events?ticket=\(ticket)", fields) == 403)
            let post = RawConnection.post("/rooms/a/messages", "{}", fields)
            #expect(try await node.answer(post).status == 401)
        }
    }

    @Test func `behind TLS the cookie is for TLS alone`() async throws {
        try await Node.withTokens { node, issuer in
            let ticket = try await node.ticket(issuer.token("ann", read: ["a"]))
            let (_, head) = try await node.open("/events?room=a&ticket=\(ticket)", ["X-Forwarded-Proto: https"])
            #expect(head["set-cookie"]?.hasSuffix("; Secure") == true)
            #expect(head["set-cookie"]?.contains("; Path=/events; ") == true)
        }
    }

    @Test func `ready brings what to come back with, where there is a ticket`() async throws {
        try await Node.withTokens { node, issuer in
            let token = try issuer.token("ann", read: ["a", "b"])
            let (_, plain) = try await node.stream("/rooms/a/events", [bearer(token)])
            #expect(!plain.data.contains("resume\":\""))
            let ticket = try await node.ticket(token)
            let (_, ready) = try await node.stream("/rooms/a/events?ticket=\(ticket)")
            let first = try resume(in: ready)
            let (connection, again) = try await node.stream("/rooms/a/events?resume=\(first)")
            #expect(try resume(in: again) != first)
            // Beside a ticket that is used, too.
            #expect(try await node.status("/rooms/a/events?ticket=\(ticket)&resume=\(first)") == 200)
            #expect(try await node.status("/rooms/c/events?resume=\(first)") == 403)
            for text in [first.dropLast() + "", "", "x", first + "AAAA"] {
                #expect(try await node.status("/rooms/a/events?resume=\(text)") == 401)
            }
            await connection.close()
        }
    }

    @Test func `no way around the end of the token leads through tickets`() async throws {
        try await Node.withTokens { node, issuer in
            let ticket = try await node.ticket(issuer.token("ann", read: ["a"], expires: .seconds(2)))
            let late = try await node.ticket(issuer.token("ann", read: ["a"], expires: .seconds(2)))
            let (connection, head) = try await node.open("/rooms/a/events?ticket=\(ticket)")
            let cookie = try #require(head["set-cookie"]?.split(separator: ";").first)
            let token = try resume(in: try await connection.event())
            let bye = try await connection.message()
            #expect(bye.data == #"{"reason":"expired","reconnect":false}"#)
            #expect(try await node.status("/rooms/a/events?ticket=\(ticket)", ["Cookie: \(cookie)"]) == 401)
            #expect(try await node.status("/rooms/a/events?resume=\(token)") == 401)
            #expect(try await node.status("/rooms/a/events?ticket=\(late)") == 401)
        }
    }

    @Test func `of many who use one ticket at the same moment one gets the stream`() async throws {
        try await Node.withTokens { node, issuer in
            let ticket = try await node.ticket(issuer.token("ann", read: ["a"]))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await node.status("/rooms/a/events?ticket=\(ticket)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 401 } == 19)
        }
    }

    @Test func `a ticket is of no use after 30 seconds`() async throws {
        let clock = ManualClock()
        try await Node.withTokens(tickets: LocalTicketStore(clock: clock.now)) { node, issuer in
            let tickets = [
                try await node.ticket(issuer.token("ann", read: ["a"])),
                try await node.ticket(issuer.token("ann", read: ["a"])),
            ]
            clock.advance(by: .milliseconds(29_999))
            #expect(try await node.status("/rooms/a/events?ticket=\(tickets[0])") == 200)
            clock.advance(by: .milliseconds(1))
            #expect(try await node.status("/rooms/a/events?ticket=\(tickets[1])") == 401)
        }
    }

    @Test func `requests behind a ticket's stream on the same connection are not heeded, before it they are`()
        async throws
    {
        try await Node.withTokens { node, issuer in
            let token = try issuer.token("ann", read: ["*"], write: ["*"])
            let ticket = try await node.ticket(token)
            let connection = try await node.connect()
            try await connection.send(
                RawConnection.post("/rooms/a/messages", "{\"n\":1}", [bearer(token)])
                    + RawConnection.request("GET", "/rooms/a/events?history=1&ticket=\(ticket)")
                    + RawConnection.post("/rooms/a/messages", "{\"n\":2}", [bearer(token)])
            )
            #expect(try await connection.answer().status == 201)
            _ = try await connection.ready()
            #expect(try await connection.message().data.contains("\"n\":1"))
            let refused = try await node.connect()
            try await refused.send(
                RawConnection.request("GET", "/rooms/a/events?ticket=\(ticket)")
                    + RawConnection.post("/rooms/a/messages", "{\"n\":3}", [bearer(token)])
            )
            #expect(try await refused.answer().status == 401)
            #expect(try await refused.answer().status == 201)
            #expect(try await connection.message().data.contains("\"n\":3"))
        }
    }
}
