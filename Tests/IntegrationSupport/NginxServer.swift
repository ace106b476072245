import Foundation

/// A running nginx with the project's own files: only where it listens and where the nodes are is the test's.
package final class NginxServer: Sendable {
    /// Where nginx is reached, without a slash at the end.
    package let url: String
    /// The folder of its configuration, logs and temporary files.
    package let folder: NginxFolder

    private let process: ChildProcess

    /// Runs a test with an nginx of its own, which is gone afterwards.
    package static func with<Result>(
        nodes: [GatewayProcess],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (NginxServer) async throws -> Result
    ) async throws -> Result {
        let server = try await NginxServer(nodes: nodes)
        do {
            let result = try await body(server)
            await server.process.stop()
            return result
        } catch {
            await server.process.stop()
            throw error
        }
    }

    private init(nodes: [GatewayProcess]) async throws {
        folder = try NginxFolder()
        // Between our asking and nginx's binding somebody else may take the port.
        var attempts = 0
        while true {
            attempts += 1
            let port = try RedisServer.freePort()
            try folder.write(try Self.site(port: port, nodes: nodes, folder: folder), as: "site.conf")
            do {
                process = try await Self.launch(folder, port: port)
                url = "http://127.0.0.1:\(port)"
                return
            } catch let failure as Unexpected where attempts < 5 && failure.description.contains("in use") {
                continue
            }
        }
    }

    /// The file for plain hosts, with the test's addresses and folder in it.
    private static func site(port: Int, nodes: [GatewayProcess], folder: NginxFolder) throws -> String {
        var site = try folder.movedHere(Checkout.text("deploy/nginx/site.hosts.conf"))
            .replacing(#/listen 80 /#, with: "listen 127.0.0.1:\(port) ")
        for (index, node) in nodes.enumerated() {
            site = site.replacing("127.0.0.1:\(8081 + index)", with: "127.0.0.1:\(try node.port)")
        }
        return site
    }

    private static func launch(_ folder: NginxFolder, port: Int) async throws -> ChildProcess {
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
                return try await Curl.status("http://127.0.0.1:\(port)/nginx-health") == 204
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
