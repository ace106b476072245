import Foundation
import Synchronization

/// A running nginx with the project's own files: only where it listens and where the nodes are is the test's.
package final class NginxServer: Sendable {
    /// Where nginx is reached, without a slash at the end.
    package let url: String
    /// The folder of its configuration, logs and temporary files.
    package let folder: NginxFolder

    private let process: Mutex<ChildProcess>

    /// Runs a test with an nginx of its own, which is gone afterwards.
    package static func with<Result>(
        nodes: [GatewayProcess],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (NginxServer) async throws -> Result
    ) async throws -> Result {
        let server = try await NginxServer(ports: nodes.map { try $0.port })
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Starts nginx before nodes on these ports, and waits until it answers.
    package convenience init(ports nodes: [Int]) async throws {
        try await self.init { port, folder in try Self.site(port: port, nodes: nodes, folder: folder) }
    }

    /// Starts nginx with a site.conf of the test's, and waits until it answers.
    ///
    /// - Parameter site: Makes its text for the port on which plain HTTP is to be listened for; asked again, with another
    ///   port, where somebody else has taken one meanwhile.
    /// - Throws: Where nginx does not start, with what it said.
    package init(site: (Int, NginxFolder) throws -> String) async throws {
        folder = try NginxFolder()
        // Between our asking and nginx's binding somebody else may take the port.
        var attempts = 0
        while true {
            attempts += 1
            let port = try RedisServer.freePort()
            try folder.write(try site(port, folder), as: "site.conf")
            do {
                let url = "http://127.0.0.1:\(port)"
                process = Mutex(try await Self.launch(folder, url))
                self.url = url
                return
            } catch let failure as Unexpected where attempts < 5 && failure.description.contains("in use") {
                continue
            }
        }
    }

    /// Lets nginx read its configuration again: new workers take over, the old ones keep the streams that they have.
    package func reload() {
        process.withLock { $0.signal(SIGHUP) }
    }

    /// Ends nginx with all its workers at once, as a power cut would; ``start()`` brings it back on the same port.
    package func kill() async {
        let master = process.withLock { $0 }
        // They would outlive it, and hold its port and its streams.
        let workers = master.children
        await master.kill()
        for worker in workers { _ = Foundation.kill(worker, SIGKILL) }
    }

    /// Starts nginx again.
    package func start() async throws {
        // A worker that was killed lets go of the port a moment later.
        var attempts = 0
        while true {
            attempts += 1
            do {
                let child = try await Self.launch(folder, url)
                return process.withLock { $0 = child }
            } catch let failure as Unexpected where attempts < 5 && failure.description.contains("in use") {
                continue
            }
        }
    }

    /// Ends nginx in good order.
    package func stop() async {
        await process.withLock { $0 }.stop()
    }

    /// The file for plain hosts, with the test's addresses and folder in it.
    private static func site(port: Int, nodes: [Int], folder: NginxFolder) throws -> String {
        var site = try folder.movedHere(Checkout.text("deploy/nginx/site.hosts.conf"))
            .replacing(#/listen 80 /#, with: "listen 127.0.0.1:\(port) ")
        for (index, node) in nodes.enumerated() {
            site = site.replacing("127.0.0.1:\(8081 + index)", with: "127.0.0.1:\(node)")
        }
        return site
    }

    private static func launch(_ folder: NginxFolder, _ url: String) async throws -> ChildProcess {
        // Its workers outlive a master that is killed: told to end when the test ends, it takes them with it.
        let child = try await ChildProcess(
            "/usr/bin/setpriv",
            ["--pdeathsig", "TERM", "--", NginxFolder.program] + folder.arguments + [
                "-g", "daemon off; pid nginx.pid;",
            ]
        )
        do {
            try await eventually("nginx answers") {
                if child.ending != nil { throw Unexpected(child) }
                return try await Curl.status("\(url)/nginx-health") == 204
            }
        } catch {
            await child.stop()
            throw error
        }
        return child
    }

    /// What the access log has so far.
    package var accessLog: String {
        get throws { try String(contentsOf: folder.url.appending(path: "access.log"), encoding: .utf8) }
    }
}
