/// Who holds a stream.
final class ListenerIdentity: Sendable {
    let user: String

    init(user: String) {
        self.user = user
    }
}
