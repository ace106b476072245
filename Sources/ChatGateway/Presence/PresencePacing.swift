/// How often the listeners of a room are told who came and went.
public enum PresencePacing {
    /// Between two tellings, in milliseconds: a second, and of a room with many streams one for each thousand, so that
    /// coming and going costs a thousand writes a second at most, however many listen.
    public static func interval(streams: Int) -> UInt64 { UInt64(min(max(streams, shortest), longest)) }

    /// The shortest, in milliseconds.
    public static let shortest = 1_000
    /// The longest, in milliseconds.
    public static let longest = 30_000
    /// What the names in one telling may amount to, in bytes; beyond, only counts are told.
    public static let maximumBytes = 32 * 1024
}
