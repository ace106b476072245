import Testing

@testable import chat_gateway

struct TextRuleTests {
    @Test(
        "An origin is taken as browsers send it",
        arguments: [
            "*", "https://chat.example", "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:8080",
            "http://[2001:db8::1]", "capacitor://localhost", "http://example.org:443",
        ]
    )
    func goodOrigin(text: String) {
        #expect(TextRule.origin.allows(text))
    }

    @Test(
        "What no browser sends as an origin is refused",
        arguments: [
            "", "null", "example.org", "https://", "https://example.org/", "https://Example.org", "HTTPS://example.org",
            "https://example.org:443", "http://example.org:80", "http://example.org:", "http://example.org:0",
            "http://example.org:65536", "http://example.org:8080/x", "https://user@example.org", "https://a b",
            "http://[::1", "http://[]", "http://[::1]x", "https://*.example.org", "http:/example.org", "://example.org",
            "1http://example.org", "https://exämple.org",
        ]
    )
    func badOrigin(text: String) {
        #expect(!TextRule.origin.allows(text))
    }

    @Test("Hosts are names and addresses, without brackets, ports and spaces")
    func hosts() {
        for text in ["localhost", "0.0.0.0", "::", "fe80::1%eth0", "node-1.example.org"] {
            #expect(TextRule.host.allows(text), "\(text)")
        }
        for text in ["", "[::1]", "a b", "http://a", "a/b", String(repeating: "a", count: 254)] {
            #expect(!TextRule.host.allows(text), "\(text)")
        }
    }

    @Test("A node's name has 1 to 64 letters, digits, dots, underscores and hyphens")
    func nodes() {
        #expect(TextRule.node.allows("a") && TextRule.node.allows(String(repeating: "a", count: 64)))
        for text in ["", "a b", "a/b", "ä", "a\n", String(repeating: "a", count: 65)] {
            #expect(!TextRule.node.allows(text), "\(text)")
        }
    }

    @Test("A prefix of Redis names has no braces, which choose the shard")
    func prefixes() {
        #expect(TextRule.prefix.allows("cg") && TextRule.prefix.allows("team:chat"))
        for text in ["", "{cg}", "a b", "a*"] { #expect(!TextRule.prefix.allows(text), "\(text)") }
    }
}
