import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Tries whether an address can be listened on, before anything else is started.
///
/// The servers' own error tells neither which of the two listeners it is about nor comes alone.
struct ListenerCheck {
    /// The address to listen on.
    var host: String
    /// The port to listen on.
    var port: Int

    /// Throws, in words, what stands in the way.
    func run() throws(ListenFailure) {
        guard let address = try? SocketAddress.makeAddressResolvingHost(host, port: port) else {
            throw ListenFailure(listener: self, reason: "unknown host")
        }
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        let descriptor = socket(address.protocol.rawValue, type, 0)
        guard descriptor >= 0 else { throw ListenFailure(listener: self, reason: Self.systemError) }
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        // Only bound, never listened on: nobody can connect to what is gone in a moment.
        let result = address.withSockAddr { pointer, size in bind(descriptor, pointer, socklen_t(size)) }
        guard result == 0 else { throw ListenFailure(listener: self, reason: Self.systemError) }
    }

    private static var systemError: String { String(cString: strerror(errno)) }
}
