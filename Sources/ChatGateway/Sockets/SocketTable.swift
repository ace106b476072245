#if os(Linux)
/// The sockets of one loop's streams.
struct SocketTable {
    // Not an array: descriptors are the process's, so that one of each loop would be as long as all streams.
    private var connections: [CInt: SocketConnection] = [:]

    /// All that are open.
    var all: [SocketConnection] { Array(connections.values) }

    mutating func insert(_ connection: SocketConnection) {
        connections[connection.tag.descriptor] = connection
    }

    mutating func remove(_ connection: SocketConnection) {
        if self[connection.tag] === connection { connections[connection.tag.descriptor] = nil }
    }

    /// The connection of a registration; nil where it is over.
    subscript(tag: SocketTag) -> SocketConnection? {
        guard let connection = connections[tag.descriptor], connection.tag == tag else { return nil }
        return connection
    }
}
#endif
