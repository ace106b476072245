#if os(Linux)
import CLinux
import NIOCore

#if canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The kernel's calls for sockets, none of which makes anybody wait.
enum Socket {
    enum Accepted: Hashable {
        case accepted(CInt)
        /// Somebody who is gone already.
        case left
        /// The system has nothing left to accept with.
        case exhausted
        case nobody
    }

    enum Sent: Hashable {
        /// So many bytes; fewer than there were, where the kernel has no room for more.
        case taken(Int)
        /// The connection is broken.
        case broken
    }

    enum Received: Hashable {
        case bytes(Int)
        /// Nothing has come.
        case nothing
        /// Nothing will come any more.
        case end
    }

    static func accept(_ socket: CInt) -> Accepted {
        #if canImport(Musl)
        let flags = CInt(SOCK_NONBLOCK | SOCK_CLOEXEC)
        #else
        let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        #endif
        let descriptor = linux_accept(socket, nil, nil, flags)
        if descriptor >= 0 { return .accepted(descriptor) }
        switch errno {
        case EINTR, ECONNABORTED, EPROTO: return .left
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        default: return .nobody
        }
    }

    static func send(_ bytes: ByteBuffer, to socket: CInt) -> Sent {
        let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        return bytes.withUnsafeReadableBytes { bytes in
            while true {
                #if canImport(Musl)
                let count = Musl.send(socket, bytes.baseAddress, bytes.count, flags)
                #else
                let count = Glibc.send(socket, bytes.baseAddress, bytes.count, flags)
                #endif
                if count >= 0 { return .taken(count) }
                switch errno {
                case EINTR: continue
                case EAGAIN, ENOBUFS: return .taken(0)
                default: return .broken
                }
            }
        }
    }

    static func receive(from socket: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Received {
        receive(socket, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
    }

    /// Looks at what has come, which can be read again.
    static func peek(_ socket: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Received {
        receive(socket, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT) | CInt(MSG_PEEK))
    }

    /// Drops bytes that have come, on a TCP socket; returns whether they were there.
    static func skip(_ count: Int, of socket: CInt) -> Bool {
        receive(socket, nil, count, CInt(MSG_DONTWAIT) | CInt(MSG_TRUNC)) == .bytes(count)
    }

    private static func receive(
        _ socket: CInt,
        _ address: UnsafeMutableRawPointer?,
        _ count: Int,
        _ flags: CInt
    ) -> Received {
        while true {
            let received = recv(socket, address, count, flags)
            if received > 0 { return .bytes(received) }
            if received == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .end
            }
        }
    }

    /// Says that no bytes follow.
    static func endOutput(of socket: CInt) {
        shutdown(socket, CInt(SHUT_WR))
    }

    static func close(_ socket: CInt) {
        #if canImport(Musl)
        _ = Musl.close(socket)
        #else
        _ = Glibc.close(socket)
        #endif
    }

    /// Makes another descriptor for what a descriptor stands for; nil where there is none left.
    static func copy(_ descriptor: CInt) -> CInt? {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy < 0 ? nil : copy
    }

    /// Where the other end is; nil where that is no address of the internet.
    static func peer(of socket: CInt) -> ClientAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) == 0 }
        }
        guard isKnown else { return nil }
        return withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET: ClientAddress(SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self)))
            case AF_INET6: ClientAddress(SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self)))
            default: nil
            }
        }
    }
}

extension Channel {
    /// The descriptor of the channel's socket, good as long as the channel is active; nil where it has none.
    var descriptor: CInt? {
        try? pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in socket }
    }
}
#endif
