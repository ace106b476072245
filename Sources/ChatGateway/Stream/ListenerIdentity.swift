/// Who holds a stream, as far as that is known and matters.
final class ListenerIdentity: Sendable {
    let user: String?
    /// Where the listener comes from, where limits count that.
    let address: ClientAddress?

    /// Nil where there is nothing to know.
    init?(user: String?, address: ClientAddress?) {
        guard user != nil || address != nil else { return nil }
        self.user = user
        self.address = address
    }
}
