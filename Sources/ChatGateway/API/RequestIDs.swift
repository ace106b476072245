import NIOHTTP1
import Synchronization

/// What requests are called in log lines and answers: the `X-Request-ID` they came with, or one of ours.
///
/// Ours are a count, mixed with where it began: no two of a node are equal, two nodes' hardly ever. They are no secrets.
final class RequestIDs: Sendable {
    static let header = "X-Request-ID"

    // Odd, and with its bits well spread: the golden ratio's part behind the point.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
    private let count = Atomic(UInt64.random(in: .min ... .max))

    /// Takes an id over if it is 1 to 128 visible ASCII characters, so that it can stand in any log.
    func id(_ headers: HTTPHeaders) -> String {
        if let given = headers.first(name: Self.header), (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        {
            return given
        }
        // SplitMix64's last part, which maps different numbers to different ones.
        var mixed = count.wrappingAdd(Self.step, ordering: .relaxed).newValue
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return String(mixed ^ mixed >> 31, radix: 36)
    }
}
