import Hummingbird
import Testing

@testable import ChatGateway

@Suite struct AdminAccessTests {
    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:9090", true), ("127.0.0.1:9090", true), ("127.3.2.1", true),
        ("[::1]:9090", true),
        ("[::1]", true), ("evil.example:9090", false), ("localhost.evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("192.0.2.1:9090", false), ("", false), ("[::1", false), ("[::2]:9090", false),
    ])
    func `only names of this machine are its own`(authority: String, isOwn: Bool) {
        #expect(AdminAccess<BasicRequestContext>.isThisMachine(authority) == isOwn)
    }

    @Test func `a secret shows itself to nobody and knows only itself`() {
        let secret = Secret("correct horse battery")
        #expect(!"\(secret) \(String(reflecting: secret)) \(String(describing: Optional(secret)))".contains("horse"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("horse"))
        #expect(secret.isSpelt("correct horse battery"))
        for guess in ["", "correct horse batterY", "correct horse batter", "correct horse battery ", "c"] {
            #expect(!secret.isSpelt(guess))
        }
        #expect(!Secret("aa").isSpelt("aaaa"))
    }
}
