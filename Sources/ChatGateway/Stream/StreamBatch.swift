import NIOCore

/// What one stream writes at once; nothing else may be written to the stream before it has left.
///
/// A single piece, as nearly every delivery is, goes straight to the socket. Several pieces leave together through the
/// connection, and so does what the socket does not take.
struct StreamBatch: ~Copyable {
    private let connection: any StreamConnection
    /// The only piece so far.
    private var single: ByteBuffer?
    private(set) var isEmpty = true

    init(_ connection: any StreamConnection) {
        self.connection = connection
    }

    /// Adds whole events.
    mutating func add(_ bytes: ByteBuffer) {
        if isEmpty {
            single = bytes
            isEmpty = false
        } else {
            if let first = single.take() { connection.write(first) }
            connection.write(bytes)
        }
    }

    /// Writes everything.
    ///
    /// - Parameter socket: The connection's, where that holds nothing which has to go before.
    /// - Returns: Whether the kernel has taken all of it.
    consuming func leave(to socket: CInt?) -> Bool {
        if var single {
            #if os(Linux)
            if let socket, case .taken(let count) = Socket.send(single, to: socket) {
                if count == single.readableBytes { return true }
                single.moveReaderIndex(forwardBy: count)
            }
            #endif
            connection.write(single)
        }
        return connection.flush()
    }
}
