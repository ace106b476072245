/// What listeners of a room are told and nobody stores: it is not in the log, has no position and is never replayed.
public enum Signal: Hashable, Sendable {
    /// Somebody is typing.
    case typing(user: String)
    /// Users or streams have come or gone.
    case presence(PresenceChange)
}
