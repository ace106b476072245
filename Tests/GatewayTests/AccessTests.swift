import ChatGateway
import IntegrationSupport
import Testing

/// Who may do what on a node that wants tokens.
@Suite struct AccessTests {
    private func patterns(_ texts: String...) -> [RoomPattern] { texts.compactMap { RoomPattern($0) } }

    @Test func `without a token nothing is allowed, and the answer says what is missing`() async throws {
        try await Node.withTokens { node, _ in
            let answers = [
                try await node.answer("GET", "/rooms/a/events"), try await node.answer("GET", "/events?room=a"),
                try await node.answer("GET", "/chat"), try await node.answer("GET", "/rooms/a/messages"),
                try await node.answer(RawConnection.post("/rooms/a/messages", "{}")),
                try await node.answer(RawConnection.post("/chat", "{}")),
                try await node.answer("POST", "/tickets", ["Content-Length: 0"]),
                try await node.answer("HEAD", "/rooms/a/events"),
            ]
            for answer in answers {
                #expect(answer.status == 401, "\(answer)")
                #expect(answer["www-authenticate"] == "Bearer")
                #expect(answer["content-type"] == "application/problem+json")
            }
            #expect(try await node.answer("GET", "/").status == 200)
        }
    }

    @Test func `a token is good for the rooms that it names, to read and to write`() async throws {
        try await Node.withTokens { node, issuer in
            let token = try issuer.token("ann", read: ["general", "inbox-{sub}"], write: ["team-*"])
            for (room, mayRead, mayWrite) in [
                ("general", true, false), ("inbox-ann", true, false), ("inbox-bo", false, false),
                ("team-a", false, true), ("other", false, false),
            ] {
                #expect(try await node.status("/rooms/\(room)/events", [bearer(token)]) == (mayRead ? 200 : 403))
                #expect(try await node.status("/rooms/\(room)/events?access_token=\(token)") == (mayRead ? 200 : 403))
                let list = try await node.answer("GET", "/rooms/\(room)/messages", [bearer(token)])
                #expect(list.status == (mayRead ? 200 : 403))
                let post = try await node.answer(RawConnection.post("/rooms/\(room)/messages", "{}", [bearer(token)]))
                #expect(post.status == (mayWrite ? 201 : 403))
                if !mayWrite {
                    #expect(post["www-authenticate"] == #"Bearer error="insufficient_scope""#)
                    #expect(post["content-type"] == "application/problem+json")
                }
            }
            #expect(try await node.status("/events?room=general&room=inbox-ann", [bearer(token)]) == 200)
            // One is enough.
            #expect(try await node.status("/events?room=general&room=other", [bearer(token)]) == 403)
        }
    }

    @Test func `a token that is not good is told so, and stays out of the answer`() async throws {
        try await Node.withTokens(anonymous: Permission(read: patterns("*"), write: patterns("*"))) { node, issuer in
            let forged = try TokenIssuer().token("ann", read: ["*"], write: ["*"])
            let old = try issuer.token("ann", read: ["*"], write: ["*"], expires: .seconds(-1))
            for token in [forged, old, "nonsense", ""] {
                for answer in [
                    try await node.answer("GET", "/chat", [bearer(token)]),
                    try await node.answer("GET", "/chat?access_token=\(token)"),
                    try await node.answer(RawConnection.post("/chat", "{}", [bearer(token)])),
                    try await node.answer("GET", "/rooms/a/messages", [bearer(token)]),
                ] {
                    #expect(answer.status == 401, "\(answer)")
                    #expect(answer["www-authenticate"] == #"Bearer error="invalid_token""#)
                    if token.count > 10 { #expect(!"\(answer)".contains(token)) }
                }
            }
        }
    }

    @Test func `everybody may do what the anonymous may, where it is configured`() async throws {
        let anonymous = Permission(read: patterns("public-*", "inbox-{sub}"), write: patterns("box"))
        try await Node.withTokens(anonymous: anonymous) { node, issuer in
            let token = try issuer.token("ann")
            for fields in [[], [bearer(token)]] {
                #expect(try await node.status("/rooms/public-1/events", fields) == 200)
                #expect(try await node.answer(RawConnection.post("/rooms/box/messages", "{}", fields)).status == 201)
                #expect(try await node.status("/rooms/box/events", fields) == (fields.isEmpty ? 401 : 403))
            }
            #expect(try await node.status("/rooms/inbox-ann/events", [bearer(token)]) == 200)
            #expect(try await node.status("/rooms/inbox-ann/events") == 401)
        }
    }

    @Test func `the server says who wrote, whatever the sender says`() async throws {
        try await Node.withTokens(anonymous: Permission(write: patterns("*"))) { node, issuer in
            let token = try issuer.token("ann \u{1F600}")
            let body = #"{"user":"bo","text":"x"}"#
            let known = try await node.answer(RawConnection.post("/chat", body, [bearer(token)]))
            #expect(known.status == 201)
            #expect(known.body.contains("\",\"user\":\"ann \u{1F600}\",\"text\":\"x\"}"))
            #expect(!known.body.contains("bo"))
            let anonymous = try await node.answer(RawConnection.post("/chat", body))
            #expect(anonymous.body.hasSuffix(#""user":"bo","text":"x"}"#))
        }
    }

    @Test func `an id is a repetition where the same user gives it again, and nobody else`() async throws {
        try await Node.withTokens(anonymous: Permission(write: patterns("*"))) { node, issuer in
            let post = { (user: String?, id: String) in
                let fields = try user.map { [bearer(try issuer.token($0))] } ?? []
                return try await node.answer(RawConnection.post("/chat", "{\"id\":\"\(id)\"}", fields)).status
            }
            var statuses: [Int] = []
            for user in ["ann", "ann", "bo", nil, nil, "bo"] { statuses.append(try await post(user, "1")) }
            #expect(statuses == [201, 200, 201, 201, 200, 200])
        }
    }

    @Test func `a cookie is as good as the field, but a POST must come from the gateway's own pages`() async throws {
        try await Node.withTokens(cookie: "session") { node, issuer in
            let cookie = try "Cookie: other=1; session=\(issuer.token("ann", read: ["*"], write: ["*"]))"
            #expect(try await node.status("/rooms/a/events", [cookie]) == 200)
            #expect(try await node.answer("GET", "/rooms/a/messages", [cookie]).status == 200)
            for (origin, status) in [
                ("http://gateway", 201), ("https://gateway", 201), ("http://evil.example", 403), ("null", 403),
                ("http://gateway:81", 403),
            ] {
                let fields = [cookie, "Origin: \(origin)"]
                #expect(try await node.answer(RawConnection.post("/rooms/a/messages", "{}", fields)).status == status)
                #expect(try await node.answer(RawConnection.post("/tickets", "", fields)).status == status)
            }
            #expect(try await node.answer(RawConnection.post("/rooms/a/messages", "{}", [cookie])).status == 403)
            let forwarded = [cookie, "Origin: http://gateway", "X-Forwarded-Proto: https"]
            #expect(try await node.answer(RawConnection.post("/rooms/a/messages", "{}", forwarded)).status == 403)
        }
        // Without the option a cookie says nothing.
        try await Node.withTokens { node, issuer in
            let cookie = try "Cookie: session=\(issuer.token("ann", read: ["*"]))"
            #expect(try await node.status("/rooms/a/events", [cookie]) == 401)
        }
    }

    @Test func `a token in the URL is for streams alone`() async throws {
        try await Node.withTokens { node, issuer in
            let token = try issuer.token("ann", read: ["*"], write: ["*"])
            let query = "?access_token=\(token)"
            #expect(try await node.answer("GET", "/rooms/a/messages\(query)").status == 401)
            #expect(try await node.answer(RawConnection.post("/rooms/a/messages\(query)", "{}")).status == 401)
            #expect(try await node.answer(RawConnection.post("/tickets\(query)", "")).status == 401)
        }
    }

    @Test func `a stream ends with its token, and does not come back with it`() async throws {
        try await Node.withTokens { node, issuer in
            let token = try issuer.token("ann", read: ["*"], expires: .seconds(2))
            let (connection, _) = try await node.stream("/rooms/a/events", [bearer(token)])
            let bye = try await connection.message()
            #expect(bye.event == "bye")
            #expect(bye.data == #"{"reason":"expired","reconnect":false}"#)
            #expect(bye["retry"] != nil && bye.id == nil)
            try await connection.end()
            #expect(try await node.status("/rooms/a/events", [bearer(token)]) == 401)
        }
    }

    @Test func `a node that is open to everybody heeds no tokens and gives no tickets`() async throws {
        try await Node.with { node in
            let status = try await node.status("/rooms/a/events?access_token=x", [bearer("nonsense")])
            #expect(status == 200)
            #expect(try await node.answer(RawConnection.post("/chat", "{}", [bearer("nonsense")])).status == 201)
            #expect(try await node.answer("POST", "/tickets", ["Content-Length: 0"]).status == 404)
        }
    }
}
