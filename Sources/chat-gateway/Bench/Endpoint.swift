import Glibc

/// An address to connect to.
struct Endpoint: Sendable {
    private let address: [UInt8]
    private let family: CInt
    /// How many source addresses connections to here are spread over; 0: the kernel chooses.
    let sourceAddresses: Int

    /// Resolves a name; of several addresses it takes the first that answers, as browsers do.
    init(host: String, port: Int) throws(BenchError) {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        defer { freeaddrinfo(found) }
        let addresses = sequence(first: found, next: { $0?.pointee.ai_next })
            .prefix { $0 != nil }.compactMap { $0?.pointee }.compactMap(Endpoint.init)
        guard code == 0, let first = addresses.first else {
            throw .unresolvable(host: host, reason: String(cString: gai_strerror(code)))
        }
        self = addresses.count == 1 ? first : addresses.first(where: \.answers) ?? first
    }

    private init?(_ info: addrinfo) {
        guard let bytes = info.ai_addr else { return nil }
        address = Array(UnsafeRawBufferPointer(start: bytes, count: Int(info.ai_addrlen)))
        family = info.ai_family
        // sockaddr_in: family, port, then the address.
        sourceAddresses = family == AF_INET && address[4] == 127 ? 250 : 0
    }

    /// Whether a connection can be had within two seconds.
    private var answers: Bool {
        let socket = connect(index: 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var wanted = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        return poll(&wanted, 1, 2000) == 1 && Self.outcome(of: socket) == 0
    }

    /// Begins to connect: the socket becomes writable when it is done; negative errno where it is refused at once.
    ///
    /// To a loopback address, connections of different `index` come from different addresses (127.0.0.2 to .251), so
    /// that 28,000 ports per address are enough for any number.
    func connect(index: Int) -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(family, kind, 0)
        guard socket >= 0 else { return -errno }
        if sourceAddresses > 0, !bind(socket, source: UInt8(2 + index % sourceAddresses)) { return -fail(socket) }
        let code = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Glibc.connect(socket, $0.baseAddress, socklen_t(bytes.count))
            }
        }
        guard code == 0 || errno == EINPROGRESS else { return -fail(socket) }
        return socket
    }

    private func bind(_ socket: CInt, source: UInt8) -> Bool {
        var one: CInt = 1
        setsockopt(socket, CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &one, 4)
        var from = sockaddr_in()
        from.sin_family = sa_family_t(AF_INET)
        from.sin_addr.s_addr = (0x7F00_0000 | UInt32(source)).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeBytes(of: &from) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { Glibc.bind(socket, $0.baseAddress, size) == 0 }
        }
    }

    private func fail(_ socket: CInt) -> CInt {
        let code = errno
        close(socket)
        return code
    }

    /// Has what is written leave at once, though what went before it is not acknowledged.
    static func sendAtOnce(_ socket: CInt) {
        var one: CInt = 1
        setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    /// The error that a connection attempt ended with; 0: it succeeded.
    static func outcome(of socket: CInt) -> CInt {
        var code: CInt = 0
        var size = socklen_t(4)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size)
        return code
    }
}
