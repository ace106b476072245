import Foundation
import IntegrationSupport
import Testing

@testable import ChatGatewayJWT

@Suite struct KeySetTests {
    private func keys(_ members: [String]) async throws -> [VerificationKey] {
        try await KeySet.keys(in: Array(#"{"keys":[\#(members.joined(separator: ","))]}"#.utf8))
    }

    @Test func `keys that verify in one of our ways are taken, others passed over`() async throws {
        let (rsa, ec, ed) = (try IssuerKey.rs256(), IssuerKey.es256(), try IssuerKey.edDSA())
        let keys = try await keys([
            rsa.jwk("r", more: #","alg":"RS256","use":"sig""#), ec.jwk("e"),
            ed.jwk("d", more: #","key_ops":["verify"]"#),
            rsa.jwk("encryption", more: #","use":"enc""#), rsa.jwk("pss", more: #","alg":"PS256""#),
            ec.jwk("signing", more: #","key_ops":["sign"]"#),
            #"{"kty":"oct","kid":"secret","k":"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I"}"#,
            #"{"kty":"EC","crv":"P-384","kid":"x","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"P-256","kid":"y"}"#,
            #"{"kty":"new","kid":"z"}"#, "{}", #"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"short"}"#,
        ])
        #expect(keys.map(\.id) == ["r", "e", "d"])
        #expect(keys.map(\.algorithm) == [.rs256, .es256, .edDSA])
    }

    @Test func `a key without a name is tried for every token of its algorithm`() async throws {
        let issuer = IssuerKey.es256()
        let keys = try await keys(["{\(issuer.members)}"])
        #expect(keys.count == 1 && keys.first?.id == nil)
    }

    @Test(arguments: ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[1]}"#, "<html></html>"])
    func `what is no key set is an error`(text: String) async {
        await #expect(throws: KeyError("not a JSON Web Key Set")) { try await KeySet.keys(in: Array(text.utf8)) }
    }

    @Test func `an empty set is one`() async throws {
        #expect(try await keys([]).isEmpty)
    }

    @Test func `a place is shown without its secrets`() {
        let url = KeySetSource("https://user:password@keys.example/jwks.json?key=password")
        #expect(url.description == "https://keys.example/jwks.json")
        #expect(KeySetSource("/etc/keys.json") == .file("/etc/keys.json"))
    }

    @Test func `a set is fetched at its time, after failures sooner, for unknown keys not too often`() {
        let start = ContinuousClock.now
        var refresh = KeyRefresh(interval: .seconds(300), pause: .seconds(10))
        #expect(refresh.isAllowed(at: start))
        refresh.began(at: start)
        #expect(!refresh.isAllowed(at: start + .milliseconds(9_999)))
        #expect(refresh.isAllowed(at: start + .seconds(10)))
        let isWarning = refresh.ended(isSuccess: true)
        #expect(!isWarning)
        #expect(refresh.wait == .seconds(300))
        var waits: [Duration] = []
        var warnings = 0
        for _ in 0..<12 {
            if refresh.ended(isSuccess: false) { warnings += 1 }
            waits.append(refresh.wait)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { .seconds($0) })
        #expect(warnings == 1 && refresh.isFailing)
        _ = refresh.ended(isSuccess: true)
        #expect(refresh.wait == .seconds(300) && !refresh.isFailing)
    }
}
