import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// An address of the internet, IPv4 as a part of IPv6 (`::ffff:192.0.2.1`): 16 bytes that can be compared.
package struct ClientAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The address of a socket; nil where that is none of the internet's.
    init?(_ socket: SocketAddress?) {
        switch socket {
        case .v4(let address):
            self.init(ipv4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            let (high, low) = withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                (
                    UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(high: high, low: low)
        case .unixDomainSocket, nil: return nil
        }
    }

    /// The address that a text spells, without brackets, port or zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        // The longest form of IPv6 has 45 characters.
        guard (2...45).contains(text.utf8.count), text.utf8.allSatisfy(Self.isPart),
            let socket = try? SocketAddress(ipAddress: String(text), port: 0)
        else { return nil }
        self.init(socket)
    }

    // The parser would take a zone, which says nothing beyond one machine.
    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."): true
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }

    private init(ipv4 number: UInt32) {
        high = 0
        low = 0xffff_0000_0000 | UInt64(number)
    }

    /// Whether it is one of IPv4.
    var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// What a limit counts: an address of IPv4, or the 64 bits of IPv6 behind which a client has all addresses to itself.
    var counted: ClientAddress { isIPv4 ? self : ClientAddress(high: high, low: 0) }

    /// Whether it is one of the machine's own, which nobody outside can use.
    package var isLoopback: Bool { isIPv4 ? low >> 24 & 0xff == 127 : high == 0 && low == 1 }
}

extension ClientAddress: CustomStringConvertible {
    /// As people write it.
    package var description: String {
        var bytes = ByteBuffer()
        if isIPv4 {
            bytes.writeInteger(UInt32(truncatingIfNeeded: low))
        } else {
            bytes.writeInteger(high)
            bytes.writeInteger(low)
        }
        return (try? SocketAddress(packedIPAddress: bytes, port: 0))?.ipAddress ?? ""
    }
}
