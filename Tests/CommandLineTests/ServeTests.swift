import AsyncHTTPClient
import Foundation
import IntegrationSupport
import NIOCore
import Testing

extension CommandLineTests {
    struct ServeTests {
        @Test("The one line on stdout has the URL of a node that works")
        func urlLine() async throws {
            let node = try await GatewayProcess()
            #expect(node.child.text(of: .standard) == "chat-gateway listening on \(node.url)/\n")
            let answer = try await post(#"{"text":"hello"}"#, to: "\(node.url)/chat")
            #expect(answer.status == .created)
            #expect(await node.child.stop() == .exit(0))
            #expect(node.child.lines(of: .standard).count == 1)
        }

        @Test("A node on all addresses names one that works on this machine")
        func wildcard() async throws {
            let child = try await Program.start(
                Program.quiet + ["--host", "0.0.0.0", "--ops-host", "0.0.0.0"] + Program.key
            )
            try await child.line(of: .standard, within: .seconds(30)) {
                $0.hasPrefix("chat-gateway listening on http://127.0.0.1:")
            }
            let ops = try await child.opsURL()
            let answer = try await HTTPClient.shared.get(url: "\(ops)livez").get()
            #expect(answer.status == .ok)
            #expect(await child.stop() == .exit(0))
        }

        @Test("SIGTERM and SIGINT stop a node in order", arguments: [SIGTERM, SIGINT])
        func stop(signal: Int32) async throws {
            let node = try await GatewayProcess(["--drain", "1s"])
            let stream = try await openStream(at: node.url)
            node.child.signal(signal)
            #expect(try await node.child.end() == .exit(0))
            #expect(try await stream.collected().contains("event: bye"))
        }

        @Test("A second signal ends a node that is still draining, at once")
        func secondSignal() async throws {
            let node = try await GatewayProcess(["--drain", "10m"])
            var streams: [HTTPClientResponse] = []
            for _ in 0..<4 { streams.append(try await openStream(at: node.url)) }
            node.child.signal(SIGTERM)
            try await node.child.line(of: .error, within: .seconds(30)) { $0.contains("stopping") }
            node.child.signal(SIGTERM)
            #expect(try await node.child.end(within: .seconds(20)) == .exit(128 + SIGTERM))
        }

        @Test("A port in use is one line that names it", arguments: ["--port", "--ops-port"])
        func portInUse(flag: String) async throws {
            let node = try await GatewayProcess()
            let taken = try node.port
            let run = try await Program.run("serve", "--port", "0", "--ops-port", "0", flag, "\(taken)")
            #expect(run.ending == .exit(1))
            #expect(run.output == [])
            #expect(run.errors == ["chat-gateway: cannot listen on 127.0.0.1:\(taken): Address already in use"])
            #expect(await node.child.stop() == .exit(0))
        }

        @Test("An address that is not this machine's, or no address at all, is one line that names it")
        func badAddress() async throws {
            let foreign = try await Program.run("serve", "--host", "192.0.2.1", "--port", "0", "--ops-port", "0")
            #expect(foreign.ending == .exit(1))
            #expect(foreign.errors == ["chat-gateway: cannot listen on 192.0.2.1:0: Cannot assign requested address"])
            let unknown = try await Program.run(
                "serve",
                "--ops-host",
                "no.such.host.invalid",
                "--ops-key",
                "0123456789abcdef",
                "--port",
                "0"
            )
            #expect(unknown.ending == .exit(1))
            #expect(unknown.errors == ["chat-gateway: cannot listen on no.such.host.invalid:9090: unknown host"])
        }

        @Test("The soft limit of descriptors is raised to the hard one, and the kernel's table need not grow")
        func descriptors() async throws {
            let command = "ulimit -Sn 100; exec \(try GatewayProcess.program()) serve --port 0 --ops-port 0"
            let child = try await ChildProcess("/bin/sh", ["-c", command])
            try await child.line(of: .standard, within: .seconds(30)) { $0.contains("http://") }
            let limits = try String(contentsOfFile: "/proc/\(child.pid)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            #expect(numbers.count == 2 && numbers[0] == numbers[1] && numbers[0] > 100)
            let status = try String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)
            let size = try #require(status.split(separator: "\n").first { $0.hasPrefix("FDSize:") })
            #expect(try #require(size.split(separator: "\t").last.flatMap { Int($0) }) >= min(numbers[0], 65_536))
            #expect(await child.stop() == .exit(0))
        }

        @Test("An unknown variable of the environment is a warning in the log, not an end")
        func unknownVariable() async throws {
            let child = try await Program.start(Program.quiet, environment: ["CHAT_GATEWAY_PROT": "1"])
            try await child.line(of: .standard, within: .seconds(30)) { $0.contains("http://") }
            let warnings = child.lines(of: .error).filter { $0.contains(" warning ") }
            #expect(warnings.count == 1 && warnings[0].contains("CHAT_GATEWAY_PROT: there is no such setting; ignored"))
            #expect(await child.stop() == .exit(0))
        }

        @Test("With --log-format json every line on stderr is an object with time, level and message")
        func jsonLog() async throws {
            let child = try await Program.start(Program.quiet + ["--log-format", "json", "--log-level", "debug"])
            try await child.line(of: .standard, within: .seconds(30)) { $0.contains("http://") }
            #expect(await child.stop() == .exit(0))
            try await eventually("the output is complete") { child.isDrained }
            let lines = child.lines(of: .error)
            #expect(!lines.isEmpty)
            for line in lines {
                let record = try JSONDecoder().decode(Record.self, from: Data(line.utf8))
                #expect(record.time.hasSuffix("Z") && !record.message.isEmpty)
            }
        }

        private struct Record: Decodable {
            var time: String
            var level: String
            var message: String
        }
    }
}

/// Posts a message.
private func post(_ message: String, to url: String) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(string: message))
    return try await HTTPClient.shared.execute(request, timeout: .seconds(10))
}

/// Opens a stream of the default room.
private func openStream(at url: String) async throws -> HTTPClientResponse {
    let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: "\(url)/chat"), timeout: .seconds(10))
    #expect(answer.status == .ok)
    return answer
}

extension HTTPClientResponse {
    /// The whole body, once it has ended.
    fileprivate func collected() async throws -> String {
        String(buffer: try await body.collect(upTo: 1 << 20))
    }
}
