import Foundation
import IntegrationSupport

/// A stream whose listener never reads: a node soon finds that its socket takes nothing.
final class StalledListener: Sendable {
    private let descriptor: Int32

    /// Opens a stream on a node.
    init(_ node: GatewayProcess, _ target: String) throws {
        let type = Int32(SOCK_STREAM.rawValue)
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        self.descriptor = descriptor
        // Else the kernel would swallow megabytes on the listener's behalf.
        var size: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(try node.port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
        }
        let request = Array("GET \(target) HTTP/1.1\r\nHost: gateway\r\n\r\n".utf8)
        guard result == 0, write(descriptor, request, request.count) == request.count else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECONNREFUSED)
        }
    }

    deinit { close(descriptor) }

    /// Posts as much as the sockets of a stream that nobody reads do not hold.
    static func postMoreThanSocketsTake(to url: String) async throws {
        let padding = String(repeating: "x", count: 60_000)
        for _ in 0..<120 { _ = try await post(#"{"text":"\#(padding)"}"#, to: url) }
    }
}
