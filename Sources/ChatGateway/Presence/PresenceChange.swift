/// What has changed in a room since its listeners were told last.
public struct PresenceChange: Hashable, Sendable {
    /// All streams now.
    public var streams: Int
    /// Users who have come, by name; empty where the room's users are too many to be listed.
    public var joined: [String]
    /// Users who have gone, likewise.
    public var left: [String]

    /// Makes a change.
    public init(streams: Int, joined: [String], left: [String]) {
        self.streams = streams
        self.joined = joined
        self.left = left
    }
}
