import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    /// What SIGHUP does to a running program.
    struct ReloadTests {
        private let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).json"

        private func write(_ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: path))
        }

        /// Whether a page of this origin may use the node.
        private func allows(_ origin: String, _ node: GatewayProcess) async throws -> Bool {
            let connection = try await RawConnection(port: node.port)
            try await connection.request("GET", "/", ["Origin: \(origin)"])
            let answer = try await connection.answer()
            await connection.close()
            return answer["access-control-allow-origin"] == origin
        }

        @Test("Origins and limits change while a stream stays open, and each reload is told")
        func change() async throws {
            try write(#"{"cors-origin": ["https://old.example"], "max-streams": 1}"#)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let node = try await GatewayProcess(["--config", path])
            let listener = try await Listener(node.url + "/chat")
            #expect(try await allows("https://old.example", node))
            let kept = try await RawConnection(port: node.port)
            try await kept.request("GET", "/")
            #expect(try await kept.answer().status == 200)

            try write(#"{"cors-origin": ["https://new.example"], "max-streams": 2, "max-body": 10}"#)
            node.child.signal(SIGHUP)
            try await node.child.line(of: .error) { $0.contains("Configuration reloaded") }
            #expect(try await allows("https://new.example", node))
            #expect(try await !allows("https://old.example", node))
            let second = try await Listener(node.url + "/chat")
            try await kept.post("/chat", #"{"text":"too long"}"#)
            #expect(try await kept.answer().status == 413)
            try await kept.end()
            #expect(listener.isOpen && second.isOpen)
            #expect(await node.child.stop() == .exit(0))
        }

        @Test("A reload with a mistake in it changes nothing, and one line names the mistake")
        func mistake() async throws {
            try write(#"{"cors-origin": ["https://old.example"]}"#)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let node = try await GatewayProcess(["--config", path])
            try write(#"{"cors-origin": ["https://new.example"], "max-body": 0, "max-strems": 1}"#)
            node.child.signal(SIGHUP)
            let line = try await node.child.line(of: .error) { $0.contains("not reloaded") }
            #expect(line.contains("max-body") && line.contains("max-strems") && line.contains(path))
            try write("{")
            node.child.signal(SIGHUP)
            try await node.child.line(of: .error) { $0.contains("not a JSON object") }
            #expect(try await allows("https://old.example", node))
            #expect(try await !allows("https://new.example", node))
            #expect(node.child.lines(of: .error).filter { $0.contains("reloaded") }.count == 2)
            #expect(await node.child.stop() == .exit(0))
        }

        @Test("What changes only with a restart is named, and a new log level counts at once")
        func fixed() async throws {
            try write(#"{"redis-prefix": "a", "drain": "1s"}"#)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let node = try await GatewayProcess(["--config", path])
            try write(#"{"redis-prefix": "b", "drain": "2s", "log-level": "debug"}"#)
            node.child.signal(SIGHUP)
            let line = try await node.child.line(of: .error) { $0.contains(" warning ") }
            #expect(line.hasSuffix(#"settings="redis-prefix, drain""#))
            let connection = try await RawConnection(port: node.port)
            try await connection.request("GET", "/")
            _ = try await connection.answer()
            try await node.child.line(of: .error) { $0.contains("Answered a request") }
            #expect(await node.child.stop() == .exit(0))
        }

        @Test("Another secret counts from the reload on, one that cannot be used does not, and open streams go on")
        func keys() async throws {
            let (old, new) = (TokenIssuer(), TokenIssuer())
            try write(old.published)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let node = try await GatewayProcess(["--auth", "jwt", "--jwt-secret-file", path])
            let status = { (issuer: TokenIssuer) async throws -> Int in
                let token = try issuer.token("ann", read: ["lobby"])
                let connection = try await RawConnection(port: node.port)
                try await connection.request("HEAD", "/chat", ["Authorization: Bearer \(token)"])
                return try await connection.answer(toHead: true).status
            }
            let listener = try await Listener(node.url + "/chat?access_token=\(old.token("ann", read: ["lobby"]))")
            #expect(try await status(old) == 200)
            #expect(try await status(new) == 401)

            try write(new.published)
            node.child.signal(SIGHUP)
            try await node.child.line(of: .error) { $0.contains("Configuration reloaded") }
            #expect(try await status(old) == 401)
            #expect(try await status(new) == 200)

            try write("tiny")
            node.child.signal(SIGHUP)
            let line = try await node.child.line(of: .error) { $0.contains("not reloaded") }
            #expect(line.contains("jwt-secret-file") && !line.contains("tiny"))
            #expect(try await status(new) == 200)
            #expect(listener.isOpen)
            #expect(await node.child.stop() == .exit(0))
        }

        @Test("An ops listener that others reach keeps its key, whatever address a reload names")
        func opsKey() async throws {
            try write(#"{"ops-host": "0.0.0.0", "ops-key": "0123456789abcdef"}"#)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let node = try await GatewayProcess(["--config", path])
            try write(#"{"ops-host": "127.0.0.1", "max-body": 10}"#)
            node.child.signal(SIGHUP)
            try await node.child.line(of: .error) { $0.contains("not reloaded") && $0.contains("ops") }
            let ops = try await node.opsURL.replacing("0.0.0.0", with: "127.0.0.1")
            #expect(try await Curl.status(ops + "/admin/node") == 401)
            #expect(await node.child.stop() == .exit(0))
        }
    }
}
