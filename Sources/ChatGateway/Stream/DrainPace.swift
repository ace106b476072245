import NIOCore

/// How many streams a stopping node still has at any moment: one less at a time, evenly until its time is over.
struct DrainPace: Hashable {
    /// Streams when the drain began.
    let count: Int
    let duration: TimeAmount

    /// How many streams may be left after a time.
    func remaining(after elapsed: TimeAmount) -> Int {
        guard duration.nanoseconds > 0, elapsed < duration else { return 0 }
        let rest = Double(duration.nanoseconds - max(0, elapsed.nanoseconds)) / Double(duration.nanoseconds)
        return Int((Double(count) * rest).rounded())
    }
}
