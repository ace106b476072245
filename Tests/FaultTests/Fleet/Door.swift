/// Where a listener may connect: a node, or nginx before all of them.
struct Door: Hashable, Sendable {
    /// On 127.0.0.1.
    var port: Int
    /// Asked as HTTP/1.0, nginx passes the events on as they are and does not cut them into chunks.
    var isNginx = false

    /// The head of a request for a stream.
    func request(_ path: String, presenting cursor: String?) -> String {
        "GET \(path) HTTP/1.\(isNginx ? 0 : 1)\r\nHost: 127.0.0.1:\(port)\r\nAccept: text/event-stream\r\n"
            + (cursor.map { "Last-Event-ID: \($0)\r\n" } ?? "") + "\r\n"
    }
}
