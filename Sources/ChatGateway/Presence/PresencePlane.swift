/// What knows who is in which room on all nodes, and tells their listeners of changes, as ``Signal/presence(_:)``.
///
/// A node says what it holds, in batches, and shows with each that it lives; where it has nothing to say it shows just
/// that. Of a node that has shown nothing for some seconds of another one's own clock, that one has taken out what it
/// held, which tells listeners who is gone, once. Each call answers within 5 seconds.
public protocol PresencePlane: Sendable {
    /// Takes over what a node holds now of some rooms, and has listeners told of what is due.
    ///
    /// Repeating it changes nothing.
    func update(_ update: PresenceUpdate) async throws(BrokerError) -> PresenceAnswer

    /// Takes out a part of what a node held, unless it has shown since its last number seen, `renewal`, that it lives;
    /// with 0 it goes on. Returns whether there is more.
    func sweep(_ node: String, at renewal: Int64, limit: Int) async throws(BrokerError) -> Bool

    /// Has what a node held taken out after a time, because it is going; answers within a limit of its own.
    func retire(_ node: String, after time: Duration, within limit: Duration) async throws(BrokerError)

    /// What others than these nodes hold of a room; the users only where there are not more than the limit.
    func others(in room: Room, besides nodes: [String], limit: Int) async throws(BrokerError) -> Presence
}
