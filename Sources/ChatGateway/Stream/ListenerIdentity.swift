/// Who holds a stream, as far as that is known and matters.
final class ListenerIdentity: Sendable {
    let user: String?
    /// Where the listener comes from, where limits count that.
    let address: ClientAddress?
    /// What the stream leaves out, where it does.
    let exclusion: Exclusion?

    /// Nil where there is nothing to know.
    init?(user: String?, address: ClientAddress?, exclusion: Exclusion? = nil) {
        guard user != nil || address != nil || exclusion != nil else { return nil }
        self.exclusion = exclusion
        self.user = user
        self.address = address
    }
}
