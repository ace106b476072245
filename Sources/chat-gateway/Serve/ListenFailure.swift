/// A listener cannot be opened.
struct ListenFailure: Error, CustomStringConvertible {
    /// Which.
    var listener: ListenerCheck
    /// Why not.
    var reason: String

    var description: String {
        "cannot listen on \(LocalAddress(host: listener.host).authority):\(listener.port): \(reason)"
    }
}
