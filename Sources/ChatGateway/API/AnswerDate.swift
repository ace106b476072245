import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The value of `Date`, made once a second.
final class AnswerDate: Sendable {
    private let made = Mutex((second: UInt64.max, text: ""))

    /// The time as HTTP has it: `Sun, 22 Nov 2026 17:21:09 GMT`.
    var text: String {
        let second = WallClock.milliseconds() / 1000
        return made.withLock { made in
            if made.second != second { made = (second, Self.text(of: second)) }
            return made.text
        }
    }

    static func text(of second: UInt64) -> String {
        var time = time_t(clamping: second)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "" }
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let padded = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
        return days[Int(parts.tm_wday)] + ", \(padded(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(parts.tm_year + 1900) \(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) GMT"
    }
}
