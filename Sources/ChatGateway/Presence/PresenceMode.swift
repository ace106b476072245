/// Whether it is noted and told who is in which room.
public enum PresenceMode: String, CaseIterable, Sendable {
    /// Listeners are told, and whoever may read a room can ask.
    case on
    /// Nobody is told, and asking is answered like any unknown path.
    case off
}
