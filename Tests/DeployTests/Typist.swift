import Foundation
import IntegrationSupport
import Testing

/// Types what a document says, command by command, as somebody would who has read it.
///
/// Ports are the kernel's and take the place of those that the document names. A command that it does not know is an error: so
/// is a document with one that nobody has tried.
final class Typist {
    private let document: MarkdownFile
    private let folder: URL
    private let pagePort: Int
    private var variables: [String: String] = [:]
    /// The last one is where the document is now.
    private var nodes: [GatewayProcess] = []
    private var programs: [ChildProcess] = []
    private var streams: [(command: String, child: ChildProcess)] = []

    init(_ document: MarkdownFile) throws {
        self.document = document
        folder = FileManager.default.temporaryDirectory.appending(path: "typist-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // An answer with an error's status is curl's error, too.
        let rules = "silent\nshow-error\nfail-with-body\nmax-time = 20\n"
        try Data(rules.utf8).write(to: folder.appending(path: ".curlrc"))
        pagePort = try RedisServer.freePort()
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Does what one line says.
    func type(_ line: String) async throws {
        // What stands behind some blanks and a # is said to the reader.
        let said = line.prefix(upTo: line.firstRange(of: #/ +# /#)?.lowerBound ?? line.endIndex)
        // Servers run beside what is typed next anyway.
        let line = String(said.hasSuffix(" &") ? said.dropLast(2) : said)
        let words = line.split(separator: " ").map(String.init)
        let assignments = words.prefix { $0.contains(/^[A-Z_]+=/) }
        let command = Array(words.dropFirst(assignments.count))
        switch (command.first, command.dropFirst().first) {
        case ("docker", "compose"):
            try DockerCommand(command.dropFirst(2), assignments).check()
        case ("deploy/run", _):
            try await start(options(command.dropFirst()))
        case ("Tests/run", _), ("Tests/faults", _), ("Tests/upgrade", _), ("Tests/fuzz", _),
            ("Tests/Benchmarks/compare", _), ("Tests/Benchmarks/budgets", _), ("Tests/Benchmarks/scale", _):
            // What takes minutes, or would run this test: at least somebody can start it.
            try await Script(command[0]).check()
        case ("python3", "-m"), ("python3", "backend.py"):
            try await startPython(command.dropFirst())
        case ("export", _):
            let parts = words[1].split(separator: "=", maxSplits: 1).map(String.init)
            let value = try await shell("printf %s \(line.dropFirst("export \(parts[0])=".count))")
            variables[parts[0]] = value
        case ("curl", "-N"):
            try await listen(line)
        case ("curl", _):
            let output = try await shell(line)
            #expect(!output.isEmpty, "\(line)")
        case ("chat-gateway", "check-config"):
            #expect(try await shell(line).contains("\"port\""))
        case ("chat-gateway", "healthcheck"):
            let port = try #require(try await here().opsURL.split(separator: ":").last)
            _ = try await shell("\(line) --ops-port \(port)")
        case ("chat-gateway", "doctor"):
            let short = line.replacing(/https:\/\/\S+/, with: try here().url)
            #expect(try await shell("\(short) --idle 1s").contains("no problems"))
        case ("chat-gateway", "bench"):
            // The same, but small and short, and at this node.
            let small = line.replacing(/--listeners \d+/, with: "--listeners 20")
            let report = try await shell("\(small) --url \(try here().url) --duration 1s --warm-up 100ms")
            #expect(report.contains("20 of 20 opened"), "\(report)")
        case ("swift", "run"):
            try await startExample(command.dropFirst(2))
        case ("nginx", "-t"):
            try await tryNginx()
        default:
            throw Unexpected("no test runs this command: \(line)")
        }
    }

    /// Each stream must have brought a message by now; ends everything.
    func finish() async throws {
        for (command, child) in streams {
            try await child.line(of: .standard) { $0.hasPrefix("data: {\"id\":") }
            #expect(child.ending == nil, "\(command)")
            await child.kill()
        }
        for program in programs { await program.kill() }
        for node in nodes { await node.child.kill() }
    }

    // MARK: The commands

    private func start(_ options: [String]) async throws {
        // A server before it has the document's only other port.
        for program in programs { await program.kill() }
        programs = []
        let script = try Checkout.text("deploy/run")
        #expect(script.contains("\"$root/deploy/build\"") && script.contains("exec \"$binary\" serve \"$@\""))
        #expect(try Checkout.text("deploy/build").contains("--product chat-gateway"))
        for path in ["deploy/run", "deploy/build", "deploy/packages"] { try await Script(path).check() }
        nodes.append(try await GatewayProcess(options, environment: variables.mapValues { $0 }))
    }

    private func startPython(_ words: ArraySlice<String>) async throws {
        if let file = words.first, file.hasSuffix(".py") {
            let text = try await here(document.block(in: "python").text)
            try Data(text.utf8).write(to: folder.appending(path: file))
        }
        let arguments = ["-u"] + words.map { $0 == "8000" ? "\(pagePort)" : $0 }
        let program = try await ChildProcess(
            "python3",
            arguments,
            environment: variables.mapValues { $0 },
            directory: folder.path
        )
        try await eventually("python3 \(words.joined(separator: " ")) answers") {
            if program.ending != nil { throw Unexpected(program) }
            return try await Curl.status("http://127.0.0.1:\(pagePort)/") != nil
        }
        programs.append(program)
    }

    /// Starts an example, which was built with the tests, and waits until it listens.
    private func startExample(_ words: ArraySlice<String>) async throws {
        let name = try #require(words.first)
        var arguments: [String] = []
        for word in words.dropFirst() { arguments.append(try await here(word)) }
        let path = URL(filePath: try GatewayProcess.program()).deletingLastPathComponent().appending(path: name).path
        let program = try await ChildProcess(path, arguments)
        let streams = try await here().opsURL + "/admin/streams"
        try await eventually("\(name) listens") {
            if program.ending != nil { throw Unexpected(program) }
            return try await Curl.answer(streams).body.contains(#""user":"echo""#)
        }
        programs.append(program)
    }

    private func listen(_ line: String) async throws {
        let child = try await ChildProcess("bash", ["-c", "exec " + (try await here(line))])
        try await child.line(of: .standard) { $0 == "event: ready" }
        streams.append((line, child))
    }

    /// Starts an nginx with what the document gives for it: before the node, and before one that takes tickets.
    private func tryNginx() async throws {
        let block = try document.block(in: "nginx").text
        let prefix = try #require(block.firstMatch(of: #/location (\S+)/ /#)).output.1
        try await withNginx(block, before: try here()) { url in
            let room = url + prefix + "/rooms/hall"
            let listener = try await Listener(room + "/events")
            let answer = try await Curl.post(#"{"text":"through nginx"}"#, to: room + "/messages")
            #expect(answer.status == 201)
            try await listener.line(with: answer.body)
            await listener.close()
        }
        let issuer = TokenIssuer()
        let guarded = try await GatewayProcess(["--auth", "jwt", "--jwt-secret", issuer.published])
        try await withNginx(block, before: guarded) { url in
            let token = "Authorization: Bearer \(try issuer.token("ann", read: ["*"]))"
            let answer = try await Curl.answer("\(url)\(prefix)/tickets", ["-X", "POST", "-H", token])
            let ticket = try #require(answer.body.firstMatch(of: /"ticket":"([^"]+)"/), "\(answer)").output.1
            let stream = try await RawConnection(port: try #require(url.split(separator: ":").last.flatMap { Int($0) }))
            try await stream.request("GET", "\(prefix)/rooms/hall/events?ticket=\(ticket)")
            let head = try await stream.head()
            // Where a browser sends it along when it comes back.
            #expect(head["set-cookie"]?.contains("; Path=\(prefix)/rooms/hall/events;") == true, "\(head)")
            await stream.close()
        }
        await guarded.child.kill()
    }

    private func withNginx(
        _ block: String,
        before node: GatewayProcess,
        _ body: (String) async throws -> Void
    ) async throws {
        let nginx = try await NginxServer { port, folder in
            folder.movedHere(
                """
                access_log x gateway;
                server {
                    listen 127.0.0.1:\(port);
                    location = /nginx-health { return 204; }
                    \(block.replacing("127.0.0.1:8080", with: "127.0.0.1:\(try node.port)"))
                }

                """
            )
        }
        do {
            try await body(nginx.url)
            await nginx.stop()
        } catch {
            await nginx.stop()
            throw error
        }
    }

    private func shell(_ line: String) async throws -> String {
        let program = URL(filePath: try GatewayProcess.program()).deletingLastPathComponent().path
        let path = "\(program):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        let environment = variables.merging(["CURL_HOME": folder.path, "PATH": path]) { $1 }
        return try await ChildProcess.output(
            of: "bash",
            ["-c", try await here(line)],
            environment: environment.mapValues { $0 },
            within: .seconds(60)
        )
    }

    private func options(_ words: ArraySlice<String>) -> [String] {
        words.map { $0.replacing("localhost:8000", with: "localhost:\(pagePort)") }
    }

    private func here() throws -> GatewayProcess {
        guard let node = nodes.last else { throw Unexpected("no command before has started a gateway") }
        return node
    }

    /// The text with the ports of this run.
    private func here(_ text: String) async throws -> String {
        guard let node = nodes.last else { return text }
        let ops = try await node.opsURL.dropFirst("http://".count)
        return here(text, of: node).replacing("localhost:9090", with: ops)
    }

    private func here(_ text: String, of node: GatewayProcess) -> String {
        text.replacing("localhost:8080", with: node.url.dropFirst("http://".count))
            .replacing("localhost:8000", with: "127.0.0.1:\(pagePort)")
            .replacing("(\"127.0.0.1\", 8000)", with: "(\"127.0.0.1\", \(pagePort))")
    }
}
