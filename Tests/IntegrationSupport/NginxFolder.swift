import Foundation

/// A folder with nginx.conf and gateway.conf as they are in deploy/nginx, which goes away with this object.
package final class NginxFolder: Sendable {
    /// Debian keeps nginx where only root's PATH looks.
    package static let program =
        FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx"

    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "nginx-\(UUID().uuidString)")
        // Started as root, nginx's workers are another user.
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true, attributes: attributes)
        for file in ["nginx.conf", "gateway.conf"] {
            try write(Checkout.text("deploy/nginx/\(file)"), as: file)
        }
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// What nginx is started with.
    package var arguments: [String] { ["-e", "stderr", "-p", url.path, "-c", url.appending(path: "nginx.conf").path] }

    /// Puts a file into the folder.
    package func write(_ text: String, as name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    /// The text of a site.conf, with all that nginx writes in this folder: the tests may have no other.
    package func movedHere(_ site: String) -> String {
        let areas = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        let own = areas.map { "\($0)_temp_path \(url.path)/\($0);" }.joined(separator: "\n")
        return site.replacing(#/access_log \S+ /#, with: "access_log \(url.path)/access.log ")
            .replacing(/(?m)^\w+_temp_path .*\n/, with: "") + own + "\n"
    }

    /// Lets nginx read the configuration; throws, with what it said, where that is not valid.
    package func check(site: String) async throws {
        try write(movedHere(site), as: "site.conf")
        let child = try await ChildProcess(Self.program, arguments + ["-t", "-g", "pid nginx.pid;"])
        let ending = try await child.end()
        let said = child.text(of: .error)
        guard ending == .exit(0), !said.contains("[warn]"), !said.contains("[emerg]") else {
            throw Unexpected(child)
        }
    }
}
