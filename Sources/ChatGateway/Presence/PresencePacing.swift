/// How often the listeners of a room are told who came and went.
public enum PresencePacing {
    /// Between two tellings, in milliseconds: a second, and of a room with many streams one for each thousand, as each
    /// telling is a write to every listener.
    public static func interval(streams: Int) -> UInt64 { UInt64(min(max(streams, shortest), longest)) }

    /// The shortest, in milliseconds.
    public static let shortest = 1_000
    /// The longest, in milliseconds: with the time after which a silent node counts as dead, less than 30 seconds.
    public static let longest = 10_000
    /// What the names in one telling may amount to, in bytes; beyond, only counts are told.
    public static let maximumBytes = 32 * 1024
}
