import Foundation
import IntegrationSupport
import Logging
import Testing

@testable import ChatGateway
@testable import ChatGatewayJWT

/// Key sets from a real server and a real file.
@Suite(.serialized) struct KeyRefreshTests {
    /// Runs a test with an authorizer that keeps a set up to date.
    private func with(
        _ source: KeySetSource,
        _ change: (inout JWTRules) -> Void = { _ in },
        _ body: (JWTAuthorizer) async throws -> Void
    ) async throws {
        var rules = JWTRules()
        change(&rules)
        let authorizer = JWTAuthorizer(
            keys: [],
            source: source,
            rules: rules,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let run = Task { try await authorizer.run() }
        do {
            try await body(authorizer)
            run.cancel()
            try? await run.value
        } catch {
            run.cancel()
            throw error
        }
    }

    private func isAccepted(_ judgement: Judgement) -> Bool {
        if case .accepted = judgement { true } else { false }
    }

    @Test func `keys come from the server, and stay while it is away`() async throws {
        let server = try KeyServer()
        let (old, new) = (IssuerKey.es256(), try IssuerKey.rs256())
        try server.publish(old.jwk("old"))
        try await server.start()
        try await with(.init(server.url)) {
            $0.refresh = .milliseconds(50)
        } _: { authorizer in
            let (first, second) = (try old.token(key: "old"), try new.token(key: "new"))
            try await eventually("the old key is known") { isAccepted(authorizer.judge(first)) }
            await server.stop()
            let asked = await authorizer.judgeAnew(second)
            #expect(!isAccepted(asked))
            #expect(isAccepted(authorizer.judge(first)))
            try server.publish(old.jwk("old"), new.jwk("new"))
            try await server.start()
            try await eventually("the new key is known") { isAccepted(authorizer.judge(second)) }
            #expect(isAccepted(authorizer.judge(first)))
            try server.publish(new.jwk("new"))
            try await eventually("the old key is gone") { !isAccepted(authorizer.judge(first)) }
        }
        await server.stop()
    }

    @Test func `an unknown key has the set fetched once, for all who wait, and not again at will`() async throws {
        let server = try KeyServer()
        let (old, new) = (IssuerKey.es256(), try IssuerKey.edDSA())
        try server.publish(old.jwk("old"))
        try await server.start()
        try await with(.init(server.url)) {
            $0.pause = .seconds(3600)
        } _: { authorizer in
            // The first fetch is the one that is allowed.
            let token = try new.token(key: "new")
            let refused = Judgement.refused("The token's key is not known")
            try await eventually("the set is known") { authorizer.judge(token) == refused }
            #expect(await authorizer.judgeAnew(token) == refused)
            #expect(server.requestCount == 1)
        }
        try await with(.init(server.url)) {
            $0.pause = .zero
        } _: { authorizer in
            try await eventually("the set is known") { isAccepted(authorizer.judge(try old.token(key: "old"))) }
            let before = server.requestCount
            try server.publish(old.jwk("old"), new.jwk("new"))
            let token = try new.token(key: "new")
            #expect(authorizer.judge(token) == .undecided)
            let all = await withTaskGroup(of: Judgement.self) { group in
                for _ in 0..<50 { group.addTask { await authorizer.judgeAnew(token) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(all.allSatisfy(isAccepted))
            #expect(server.requestCount - before <= 2)
            // What a known key has not signed is no reason to ask.
            let forged = try new.token(
                header: #"{"alg":"ES256","kid":"old"}"#,
                claims: #"{"sub":"bo","exp":4000000000}"#
            )
            #expect(authorizer.judge(forged) != .undecided)
        }
        await server.stop()
    }

    @Test func `without a set nobody can tell, and that is no refusal`() async throws {
        let source = KeySetSource("http://127.0.0.1:\(try RedisServer.freePort())/jwks.json")
        try await with(source) { authorizer in
            let token = try IssuerKey.es256().token(key: "k")
            #expect(authorizer.judge(token) == .undecided)
            #expect(await authorizer.judgeAnew(token) == .undecided)
            // No set has secrets.
            #expect(try authorizer.judge(IssuerKey.hs256.token()) == .refused("The token's key is not known"))
        }
    }

    @Test func `a set in a file is read again`() async throws {
        let server = try KeyServer()
        let (old, new) = (IssuerKey.es256(), IssuerKey.es256())
        try server.publish(old.jwk("old"))
        let path = server.folder.appending(path: "jwks.json").path
        try await with(.init(path)) {
            $0.pause = .zero
        } _: { authorizer in
            try await eventually("the old key is known") { isAccepted(authorizer.judge(try old.token(key: "old"))) }
            try server.publish(new.jwk("new"))
            #expect(try await isAccepted(authorizer.judgeAnew(new.token(key: "new"))))
            #expect(try !isAccepted(authorizer.judge(old.token(key: "old"))))
        }
    }

    @Test func `a server that begins an answer and does not go on is not waited for`() async throws {
        let script = """
            import socket
            listener = socket.create_server(("127.0.0.1", 0))
            print("port", listener.getsockname()[1], flush=True)
            connections = []
            while True:
                connection, _ = listener.accept()
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\n{")
                connections.append(connection)
            """
        let server = try await ChildProcess("python3", ["-c", script])
        let line = try await server.line(of: .standard) { $0.hasPrefix("port ") }
        await #expect(throws: KeyError("the server does not answer in time")) {
            try await KeySetSource("http://127.0.0.1:\(line.dropFirst(5))/").load(within: .milliseconds(300))
        }
        await server.kill()
    }

    @Test func `what the server says instead of a set is told without its body`() async throws {
        let server = try KeyServer()
        try await server.start()
        await #expect(throws: KeyError("the server answers 404")) { try await KeySetSource(server.url).load() }
        try Data("nonsense".utf8).write(to: server.folder.appending(path: "jwks.json"))
        await #expect(throws: KeyError("not a JSON Web Key Set")) { try await KeySetSource(server.url).load() }
        try Data(repeating: 0x20, count: 2_000_000).write(to: server.folder.appending(path: "jwks.json"))
        await #expect(throws: KeyError("the server's answer is too large for a key set")) {
            try await KeySetSource(server.url).load()
        }
        await server.stop()
    }
}
