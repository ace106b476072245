/// A block of addresses, written `192.0.2.0/24`, `2001:db8::/32`, or as a single address.
package struct AddressRange: Hashable, Sendable {
    private let first: ClientAddress
    /// How many of the 128 bits all addresses have in common.
    private let length: Int

    /// Reads a block, of which bits behind its length count for nothing; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = ClientAddress(parts[0]) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var given = width
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(parts[1]), number <= width
            else { return nil }
            given = number
        }
        length = given + 128 - width
        first = address.masked(length)
    }

    /// Whether an address is in the block.
    package func contains(_ address: ClientAddress) -> Bool { address.masked(length) == first }
}

extension ClientAddress {
    /// The address with only its first bits, the others 0.
    fileprivate func masked(_ length: Int) -> ClientAddress {
        ClientAddress(
            high: high & Self.mask(length),
            low: low & Self.mask(length - 64)
        )
    }

    private static func mask(_ length: Int) -> UInt64 {
        length <= 0 ? 0 : length >= 64 ? .max : ~(UInt64.max >> UInt64(length))
    }
}
