import ChatGatewayTesting
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct ResumeTokensTests {
    private let secret = Array("the secret of all nodes, 32 bytes".utf8)

    private func grant(_ user: String = "ann", read: [String] = ["a", "inbox-{sub}"]) throws -> StreamGrant {
        let patterns = try read.map { try #require(RoomPattern($0)) }
        return StreamGrant(
            try #require(Identity(user: user, permission: Permission(read: patterns, write: patterns), expires: 7))
        )
    }

    private func tokens() -> ResumeTokens {
        let tokens = ResumeTokens()
        tokens.adopt(secret)
        return tokens
    }

    @Test func `a grant comes back from its bytes, without rights to write`() throws {
        for grant in [try grant(), try grant("聊天", read: []), try grant("b/c")] {
            var bytes = ByteBuffer()
            grant.write(to: &bytes)
            #expect(StreamGrant(bytes) == grant)
            #expect(StreamGrant(bytes)?.identity?.permission.write == [])
            for length in 0..<bytes.readableBytes {
                // Patterns may be missing at the end; nothing else is understood but the whole.
                if let part = StreamGrant(bytes.getSlice(at: 0, length: length) ?? ByteBuffer()) {
                    #expect(part.user == grant.user && part.read.count < grant.read.count)
                }
            }
        }
        #expect(StreamGrant(ByteBuffer(bytes: [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 97])) == nil)
    }

    @Test func `a token of one node is good on all, and no two are the same`() throws {
        let grant = try grant()
        let (first, second) = (tokens(), tokens())
        let tag = try #require(first.tag(of: grant))
        #expect(second.tag(of: grant) == tag)
        #expect(try second.tag(of: self.grant("bo")) != tag)
        #expect(try second.tag(of: self.grant(read: ["a"])) != tag)
        let token = try #require(first.token(for: grant, tag: tag))
        #expect(second.read(token) == .grant(grant, tag: tag))
        #expect(first.token(for: grant, tag: tag) != token)
    }

    @Test func `whatever is changed makes it worthless`() throws {
        let tokens = tokens()
        let token = try #require(tokens.token(for: try grant(), tag: "AAAAAAAA"))
        var characters = Array(token.utf8)
        for index in characters.indices {
            let old = characters[index]
            characters[index] = old == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let changed = tokens.read(String(decoding: characters, as: UTF8.self))
            #expect(changed == .forged || changed == .unknownKey)
            characters[index] = old
        }
        for text in ["", "x", "....", String(token.dropLast()), token + "AAAA", String(repeating: "A", count: 200)] {
            let reading = tokens.read(text)
            #expect(reading == .forged || reading == .unknownKey)
        }
    }

    @Test func `a token of an older secret is good until three newer ones have come`() throws {
        let tokens = tokens()
        let grant = try grant()
        let token = try #require(tokens.token(for: grant, tag: "AAAAAAAA"))
        for number in 0..<3 as Range<UInt8> {
            tokens.adopt(Array(repeating: number, count: 32))
            #expect(tokens.read(token) == .grant(grant, tag: "AAAAAAAA"))
        }
        tokens.adopt(Array(repeating: 3, count: 32))
        #expect(tokens.read(token) == .unknownKey)
    }

    @Test func `without a secret there are no tokens`() throws {
        let tokens = ResumeTokens()
        #expect(try tokens.tag(of: grant()) == nil)
        #expect(try tokens.token(for: grant(), tag: "AAAAAAAA") == nil)
    }

    @Test func `a ticket is nobody's to guess, and is kept under another name`() throws {
        let ticket = Ticket(tag: "AbCdEf-_")
        #expect(ticket.text.utf8.count == 30 && ticket.tag == "AbCdEf-_")
        #expect(Ticket(ticket.text) == ticket)
        #expect(Ticket(tag: "AbCdEf-_") != ticket)
        #expect(!ticket.name.contains(ticket.text.prefix(8)))
        for text in ["", String(ticket.text.dropLast()), ticket.text + "A", String(repeating: "/", count: 30)] {
            #expect(Ticket(text) == nil)
        }
    }

    @Test func `tickets in memory go once, in time, and are few`() async throws {
        let clock = ManualClock()
        let store = LocalTicketStore(limit: 2, clock: clock.now)
        let value = ByteBuffer(string: "value")
        try await store.keep(value, as: "a", for: .seconds(30))
        #expect(try await store.take("a") == value)
        #expect(try await store.take("a") == nil)
        try await store.keep(value, as: "b", for: .seconds(30))
        try await store.keep(value, as: "c", for: .seconds(30))
        await #expect(throws: BrokerError.self) { try await store.keep(value, as: "d", for: .seconds(30)) }
        clock.advance(by: .milliseconds(30_000))
        #expect(try await store.take("b") == nil)
        try await store.keep(value, as: "d", for: .seconds(30))
        #expect(try await store.take("d") == value)
        let first = try await store.sharedSecret(proposed: value)
        #expect(try await store.sharedSecret(proposed: ByteBuffer(string: "other")) == first)
    }

    @Test func `a secret that is given holds alone, and leaves nothing behind when it is taken away`() throws {
        let tokens = tokens()
        let grant = try grant()
        let oldTag = try #require(tokens.tag(of: grant))
        let old = try #require(tokens.token(for: grant, tag: oldTag))
        tokens.give(Array("a given secret of at least 32 bytes".utf8))
        #expect(tokens.read(old) == .unknownKey)
        let givenTag = try #require(tokens.tag(of: grant))
        let given = try #require(tokens.token(for: grant, tag: givenTag))
        tokens.give(nil)
        #expect(tokens.secret == nil)
        tokens.adopt(secret)
        #expect(tokens.read(given) == .unknownKey)
        #expect(tokens.read(old) != .unknownKey)
    }
}
