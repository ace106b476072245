import NIOHTTP1

/// Tells from which address a request comes, also where proxies that are known pass it on.
struct ClientAddresses: Hashable, Sendable {
    private let proxies: [AddressRange]
    private let header: ForwardedHeader

    /// - Parameters:
    ///   - proxies: Blocks of addresses whose word is taken.
    ///   - header: Where they say it.
    init(proxies: [AddressRange], header: ForwardedHeader) {
        self.proxies = proxies
        self.header = header
    }

    /// The last hop that is no known proxy.
    ///
    /// What stands before it, anybody may have written. Where a hop cannot be read it is the peer.
    func client(peer: ClientAddress?, _ fields: (_ name: String) -> [String]) -> ClientAddress? {
        guard let peer, isProxy(peer) else { return peer }
        var last = peer
        for line in fields(header.rawValue).reversed() {
            for hop in header.hops(in: line) {
                guard let hop else { return peer }
                guard isProxy(hop) else { return hop }
                last = hop
            }
        }
        return last
    }

    private func isProxy(_ address: ClientAddress) -> Bool { proxies.contains { $0.contains(address) } }
}

extension ClientAddresses {
    /// Throws where a block is none.
    init(_ configuration: GatewayConfiguration) throws {
        try self.init(
            proxies: configuration.trustedProxies.map { text in
                guard let range = AddressRange(text) else {
                    throw InvalidConfiguration(reason: "“\(text)” is no block of addresses")
                }
                return range
            },
            header: configuration.forwardedHeader
        )
    }
}
