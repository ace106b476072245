/// What one registration of a socket is called.
///
/// The system gives a descriptor's number to the next socket as soon as one is closed, so that the number alone could mean
/// either.
struct SocketTag: Hashable, Sendable {
    /// No descriptor's: what wakes the poller itself.
    static let wake = SocketTag(rawValue: .max)

    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameters:
    ///   - descriptor: Any.
    ///   - loop: Whose socket it is: the index of one of 4,096 loops.
    ///   - serial: A count, of which the lowest 21 bits are kept: a registration is over long before they come again.
    init(descriptor: CInt, loop: Int, serial: UInt64) {
        rawValue = UInt64(UInt32(bitPattern: descriptor)) | UInt64(loop & 0xfff) << 31 | serial << 43
    }

    var descriptor: CInt { CInt(rawValue & 0x7fff_ffff) }
    var loop: Int { Int(rawValue >> 31 & 0xfff) }
}
