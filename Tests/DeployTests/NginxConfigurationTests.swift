import ChatGateway
import Foundation
import IntegrationSupport
import Testing

/// What nginx itself says of the project's files, and whether their limits fit the gateway's.
@Suite struct NginxConfigurationTests {
    @Test(arguments: ["site.compose.conf", "site.hosts.conf"])
    func `nginx accepts the configuration of every place`(file: String) async throws {
        let port = try RedisServer.freePort()
        let site = try Checkout.text("deploy/nginx/\(file)")
            .replacing(#/listen \d+ /#, with: "listen 127.0.0.1:\(port) ")
        try await NginxFolder().check(site: site)
    }

    @Test func `nginx accepts the TLS server that waits in comments`() async throws {
        let folder = try NginxFolder()
        let key = folder.url.appending(path: "key.pem").path
        let certificate = folder.url.appending(path: "certificate.pem").path
        _ = try await ChildProcess.output(
            of: "openssl",
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
                + ["-subj", "/CN=chat.example", "-keyout", key, "-out", certificate]
        )
        let site = try Checkout.text("deploy/nginx/site.hosts.conf")
        let start = try #require(site.range(of: "# server {"))
        let server = site[start.lowerBound...].replacing(/(?m)^# ?/, with: "")
        #expect(server.contains("listen 443 ssl http2 "))
        let secure = (site[..<start.lowerBound] + server)
            .replacing(#/listen 80 /#, with: "listen 127.0.0.1:\(try RedisServer.freePort()) ")
            .replacing(#/listen 443 /#, with: "listen 127.0.0.1:\(try RedisServer.freePort()) ")
            .replacing(/ssl_certificate .*;/, with: "ssl_certificate \(certificate);")
            .replacing(/ssl_certificate_key .*;/, with: "ssl_certificate_key \(key);")
        try await folder.check(site: String(secure))
    }

    @Test func `nginx waits longer than a heartbeat and takes what the gateway takes`() throws {
        let main = try Checkout.text("deploy/nginx/nginx.conf")
        let routes = try Checkout.text("deploy/nginx/gateway.conf")
        let defaults = GatewayConfiguration()
        func number(_ text: String, _ expression: Regex<(Substring, Substring)>) throws -> Int {
            try #require(text.firstMatch(of: expression).flatMap { Int($0.output.1) })
        }
        let streams = try #require(routes.firstMatch(of: /proxy_buffering off;[^}]*}/)).output
        #expect(try .seconds(number(String(streams), /proxy_read_timeout (\d+)s;/)) >= defaults.heartbeat * 3)
        #expect(try number(main, /client_max_body_size (\d+)k;/) * 1024 > defaults.maxBody)
        #expect(try number(main, /large_client_header_buffers \d+ (\d+)k;/) * 1024 > defaults.requests.headBytes)
    }

    @Test func `a POST that a node may have stored is not sent to another one`() throws {
        let routes = try Checkout.text("deploy/nginx/gateway.conf")
        let rules = routes.matches(of: /(?m)^\s*proxy_next_upstream (.*);/).map(\.output.1)
        #expect(rules == ["error timeout"])
    }

    @Test(arguments: ["site.compose.conf", "site.hosts.conf"])
    func `what differs from place to place is little`(file: String) throws {
        let site = try Checkout.text("deploy/nginx/\(file)")
        let own: Set = [
            "resolver", "resolver_timeout", "access_log", "listen", "set", "include", "server", "upstream", "zone",
            "least_conn",
        ]
        for line in site.split(separator: "\n") {
            let word = line.trimmingCharacters(in: .whitespaces).prefix { $0.isLetter || $0 == "_" }
            #expect(word.isEmpty || own.contains(String(word)) || word.hasSuffix("_temp_path"), "\(line)")
        }
    }
}
