#if os(Linux)
/// The sockets of one loop's streams.
struct SocketTable {
    /// By descriptor: those are small numbers.
    private var connections: [SocketConnection?] = []

    /// All that are open.
    var all: [SocketConnection] { connections.compactMap(\.self) }

    mutating func insert(_ connection: SocketConnection) {
        let index = Int(connection.tag.descriptor)
        if index >= connections.count {
            connections += repeatElement(nil, count: max(64, index + 1 + connections.count / 2) - connections.count)
        }
        connections[index] = connection
    }

    mutating func remove(_ connection: SocketConnection) {
        let index = Int(connection.tag.descriptor)
        if connections[index] === connection { connections[index] = nil }
    }

    /// The connection of a registration; nil where it is over.
    subscript(tag: SocketTag) -> SocketConnection? {
        let index = Int(tag.descriptor)
        guard index < connections.count, let connection = connections[index], connection.tag == tag else { return nil }
        return connection
    }
}
#endif
