import ChatGatewayTesting
import Crypto
import Foundation
import IntegrationSupport
import Logging
import Testing

@testable import ChatGateway
@testable import ChatGatewayJWT

@Suite struct JWTAuthorizerTests {
    private let clock = ManualClock(milliseconds: 1_700_000_000_000)

    private func authorizer(
        _ keys: [VerificationKey],
        _ change: (inout JWTRules) -> Void = { _ in }
    ) -> JWTAuthorizer {
        var rules = JWTRules()
        change(&rules)
        return JWTAuthorizer(
            keys: keys,
            rules: rules,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clock: clock.now
        )
    }

    private func hs256(_ change: (inout JWTRules) -> Void = { _ in }) async throws -> JWTAuthorizer {
        authorizer([try await .secret(Array(IssuerKey.secret.utf8))], change)
    }

    private func judge(_ claims: String, _ change: (inout JWTRules) -> Void = { _ in }) async throws -> Judgement {
        try await hs256(change).judge(try IssuerKey.hs256.token(claims: claims))
    }

    // MARK: Algorithms

    @Test func `tokens of every algorithm are accepted by a key for it, and by none of another's`() async throws {
        let issuers = [IssuerKey.hs256, try .rs256(), .es256(), try .edDSA()]
        var keys: [VerificationKey] = []
        for issuer in issuers {
            if issuer.algorithm == "HS256" {
                keys.append(try await .secret(Array(issuer.published.utf8)))
            } else {
                keys += try await VerificationKey.pem(issuer.published)
            }
        }
        #expect(keys.map(\.algorithm.rawValue) == issuers.map(\.algorithm))
        for (index, issuer) in issuers.enumerated() {
            let token = try issuer.token("ann")
            for (other, key) in keys.enumerated() {
                let judgement = authorizer([key]).judge(token)
                if index == other {
                    guard case .accepted(let identity) = judgement else {
                        Issue.record("\(issuer.algorithm): \(judgement)")
                        continue
                    }
                    #expect(identity.user == "ann" && identity.expires == 4_000_000_000_000)
                } else {
                    #expect(judgement == .refused("The token's key is not known"))
                }
            }
            guard case .accepted = authorizer(keys).judge(token) else {
                Issue.record("\(issuer.algorithm) among all keys")
                continue
            }
        }
    }

    @Test func `another key of the same algorithm does not accept a token`() async throws {
        for (issuer, other) in [(try IssuerKey.rs256(), try IssuerKey.rs256()), (.es256(), .es256())]
            + [(try .edDSA(), try .edDSA())]
        {
            let judgement = authorizer(try await VerificationKey.pem(other.published)).judge(try issuer.token())
            #expect(judgement == .refused("The token's signature is not valid"))
        }
    }

    @Test func `an HMAC made with a public key is no signature`() async throws {
        for issuer in [try IssuerKey.rs256(), .es256(), try .edDSA()] {
            let keys = try await VerificationKey.pem(issuer.published)
            let forger = TokenIssuer(secret: issuer.published)
            #expect(try authorizer(keys).judge(forger.token("ann")) == .refused("The token's key is not known"))
            // As a secret the same file is not even taken.
            await #expect(throws: KeyError("holds a key in PEM and no secret")) {
                try await VerificationKey.secret(Array(issuer.published.utf8))
            }
            // Nor may the header call the HMAC by the public key's algorithm.
            let token = try IssuerKey(algorithm: issuer.algorithm, published: "", members: "") {
                Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Data(issuer.published.utf8))))
            }
            .token()
            #expect(authorizer(keys).judge(token) == .refused("The token's signature is not valid"))
        }
    }

    @Test(
        arguments: [
            "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "ES512", "hs256",
            "HS256 ",
        ]
    )
    func `other ways of signing are not accepted, none least of all`(algorithm: String) async throws {
        let header = #"{"alg":"\#(algorithm)"}"#
        let claims = #"{"sub":"ann","exp":4000000000}"#
        let expected = Judgement.refused("The token is signed in a way that is not accepted")
        let authorizer = try await hs256()
        #expect(try authorizer.judge(IssuerKey.hs256.token(header: header, claims: claims)) == expected)
        let unsigned = "\(TokenIssuer.encode(header)).\(TokenIssuer.encode(claims))."
        #expect(authorizer.judge(unsigned) == expected)
    }

    @Test func `a token without its signature, with half of it or with another's is not accepted`() async throws {
        let authorizer = try await hs256()
        let token = try IssuerKey.hs256.token()
        guard case .accepted = authorizer.judge(token) else { throw Unexpected("\(authorizer.judge(token))") }
        let parts = token.split(separator: ".").map(String.init)
        let other = try IssuerKey.hs256.token("bo").split(separator: ".").map(String.init)
        for text in [
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).\(parts[2].prefix(20))",
            "\(parts[0]).\(parts[1]).\(other[2])", "\(parts[0]).\(other[1]).\(parts[2])", "\(token).", "\(token).x",
            token + "AA", " \(token)", "\(token) ", "", ".", "..", "...",
        ] {
            guard case .refused = authorizer.judge(text) else {
                Issue.record("“\(text)” is accepted")
                continue
            }
        }
    }

    @Test(
        arguments: [
            #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","crit":["b64"],"b64":false}"#,
            #"{"alg":"HS256","crit":[]}"#, #"{"alg":"none","alg":"HS256"}"#, #"{"alg":["HS256"]}"#, #"{}"#, "[]", "",
            #"{"alg":"HS256","kid":7}"#,
        ]
    )
    func `a header that means something else to somebody is not accepted`(header: String) async throws {
        let token = try IssuerKey.hs256.token(header: header, claims: #"{"sub":"ann","exp":4000000000}"#)
        guard case .refused = try await hs256().judge(token) else {
            Issue.record("it is accepted")
            return
        }
    }

    // MARK: Claims

    @Test(
        arguments: [
            #"{"sub":"ann"}"#, #"{"exp":4000000000}"#, #"{"sub":7,"exp":4000000000}"#, #"{"sub":"ann","exp":"never"}"#,
            #"{"sub":"ann","exp":"4000000000"}"#, #"{"sub":"ann","exp":null}"#, #"{"sub":"ann","exp":true}"#,
            #"{"sub":"","exp":4000000000}"#, #"{"sub":"a\nb","exp":4000000000}"#, #"{"sub":"ann","exp":-1}"#,
            #"{"sub":"ann","sub":"bo","exp":4000000000}"#, #"{"sub":"ann","exp":1,"exp":4000000000}"#,
            #"{"sub":"ann","exp":4000000000,"nbf":"x"}"#, #"{"sub":"ann","exp":4000000000,"rooms":["a"]}"#,
            #"{"sub":"ann","exp":4000000000,"rooms":{"read":"a"}}"#,
            #"{"sub":"ann","exp":4000000000,"rooms":{"read":["a/b"]}}"#,
            #"{"sub":"ann","exp":4000000000,"rooms":{"write":["{user}"]}}"#,
        ]
    )
    func `claims that are not there or not what they should be make a token worthless`(claims: String) async throws {
        guard case .refused = try await judge(claims) else {
            Issue.record("it is accepted")
            return
        }
    }

    @Test func `a name may be long, but not that long`() async throws {
        let (longest, tooLong) = (String(repeating: "n", count: 256), String(repeating: "n", count: 257))
        guard case .accepted(let identity) = try await judge(#"{"sub":"\#(longest)","exp":4000000000}"#) else {
            throw Unexpected("a name of 256 bytes is refused")
        }
        #expect(identity.user == longest)
        let judgement = try await judge(#"{"sub":"\#(tooLong)","exp":4000000000}"#)
        #expect(judgement == .refused("The token's “sub” is not a user's name"))
    }

    @Test(
        arguments: [
            ("1700000001", 1_700_000_001_000), ("1700000000.5", 1_700_000_000_500), ("17e8", nil), ("1699999999", nil),
            ("1e300", 0x20_0000_0000_0000),
        ] as [(String, UInt64?)]
    )
    func `a token is good until its end, not at it`(end: String, expires: UInt64?) async throws {
        let judgement = try await judge(#"{"sub":"ann","exp":\#(end)}"#)
        guard let expires else {
            #expect(judgement == .refused("The token has expired"))
            return
        }
        guard case .accepted(let identity) = judgement else { throw Unexpected("\(judgement)") }
        #expect(identity.expires == expires)
    }

    @Test(arguments: [("1700000000", true), ("1700000005", true), ("1700000005.1", false), ("1800000000", false)])
    func `a token is good from its beginning on, with a little for other clocks`(
        begin: String,
        isGood: Bool
    )
        async throws
    {
        let judgement = try await judge(#"{"sub":"ann","exp":4000000000,"nbf":\#(begin)}"#)
        if case .accepted = judgement {
            #expect(isGood)
        } else {
            #expect(!isGood && judgement == .refused("The token is not valid yet"))
        }
    }

    @Test(
        arguments: [
            (#""aud":"chat""#, true), (#""aud":["a","chat"]"#, true), (#""aud":"Chat""#, false), (#""aud":[]"#, false),
            (#""x":1"#, false), (#""aud":"cha""#, false),
        ]
    )
    func `where an audience is wanted a token has to have it`(claim: String, isGood: Bool) async throws {
        let claims = #"{"sub":"ann","exp":4000000000,\#(claim)}"#
        let judgement = try await judge(claims) { $0.audience = "chat" }
        #expect((judgement == .refused("The token is for another audience")) != isGood)
        #expect(try await judge(claims) != .refused("The token is for another audience"))
    }

    @Test(arguments: [(#""iss":"me""#, true), (#""iss":"Me""#, false), (#""x":1"#, false)])
    func `where an issuer is wanted a token has to be of it`(claim: String, isGood: Bool) async throws {
        let judgement = try await judge(#"{"sub":"ann","exp":4000000000,\#(claim)}"#) { $0.issuer = "me" }
        #expect((judgement == .refused("The token is of another issuer")) != isGood)
    }

    @Test func `rooms say what may be read and what written`() async throws {
        let rooms = #"{"read":["general","team-*"],"write":["inbox-{sub}"]}"#
        let judgement = try await judge(#"{"sub":"ann","exp":4000000000,"rooms":\#(rooms)}"#)
        guard case .accepted(let identity) = judgement else { throw Unexpected("\(judgement)") }
        #expect(identity.permission.read.map(\.text) == ["general", "team-*"])
        #expect(identity.permission.write.map(\.text) == ["inbox-{sub}"])
        guard case .accepted(let nobody) = try await judge(#"{"sub":"ann","exp":4000000000}"#) else {
            throw Unexpected("a token without rooms is refused")
        }
        #expect(nobody.permission == Permission())
    }

    @Test func `no reason repeats anything of the token`() async throws {
        let authorizer = try await hs256()
        for text in ["secret-part.secret-part.secret-part", try IssuerKey.es256().token("secret-part")] {
            guard case .refused(let reason) = authorizer.judge(text) else { throw Unexpected("it is accepted") }
            #expect(!reason.contains("secret-part"))
        }
    }

    // MARK: Keys

    @Test func `keys that cannot be what they should be are refused in words`() async throws {
        await #expect(throws: KeyError("a secret has at least 32 bytes, this one 31")) {
            try await VerificationKey.secret(Array(repeating: 1, count: 31))
        }
        let key = P256.Signing.PrivateKey()
        await #expect(throws: KeyError("holds a private key; the gateway takes only the public one")) {
            try await VerificationKey.pem(key.pemRepresentation)
        }
        await #expect(throws: KeyError.self) {
            try await VerificationKey.pem(P384.Signing.PrivateKey().publicKey.pemRepresentation)
        }
        for text in ["", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
            await #expect(throws: KeyError.self) { try await VerificationKey.pem(text) }
        }
    }

    @Test func `a file may hold several keys`() async throws {
        let (first, second) = (IssuerKey.es256(), try IssuerKey.edDSA())
        let keys = try await VerificationKey.pem("first\n\(first.published)\nsecond\n\(second.published)")
        for issuer in [first, second] {
            guard case .accepted = authorizer(keys).judge(try issuer.token()) else {
                Issue.record("\(issuer.algorithm)")
                continue
            }
        }
    }
}
