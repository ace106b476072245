import Foundation
import IntegrationSupport

/// An nginx as people set one up who have not seen ours: a few lines, and all else as nginx has it by itself.
struct PlainNginx {
    /// Lines of the location that passes requests on.
    var location = ""
    /// Lines of the level above all servers.
    var http = ""
    /// The path that the gateway has; begins and ends with a slash.
    var path = "/"
    /// The certificate of a second server, which speaks TLS and HTTP/2.
    var certificate: TestAuthority.Pair?
    /// The port of that.
    var securePort = 0

    /// Runs a test with such an nginx before nodes.
    func with<Result>(
        _ nodes: [GatewayProcess],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (NginxServer) async throws -> Result
    ) async throws -> Result {
        let ports = try nodes.map { try $0.port }
        let server = try await NginxServer { port, folder in
            try folder.write(text(port: port, nodes: ports, folder: folder.url.path), as: "nginx.conf")
            // All is in the file that would include this one.
            return ""
        }
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private func text(port: Int, nodes: [Int], folder: String) -> String {
        let areas = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        let places = areas.map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: "\n")
        // With the slash at its end, nginx takes the path off.
        let pass = "location \(path) { proxy_pass http://nodes\(path == "/" ? "" : "/"); \(location) }"
        let secure = certificate.map {
            """
            server {
                listen 127.0.0.1:\(securePort) ssl http2;
                ssl_certificate \($0.certificate);
                ssl_certificate_key \($0.key);
                \(pass)
            }
            """
        }
        return """
            events {}
            http {
                access_log off;
                \(places)
                \(http.replacing("FOLDER", with: folder))
                upstream nodes { \(nodes.map { "server 127.0.0.1:\($0);" }.joined(separator: " ")) }
                server {
                    listen 127.0.0.1:\(port);
                    \(pass)
                    location = /nginx-health { return 204; }
                }
                \(secure ?? "")
            }
            """
    }
}
