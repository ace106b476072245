/// One keep-alive connection of the publisher; one message at a time.
final class PublisherConnection {
    /// Where a connection stands.
    enum Phase {
        /// To be opened when its time comes.
        case closed
        case connecting
        case idle
        /// A request is sent, its answer is not complete.
        case waiting
    }

    let place: Int
    let target: Int
    var phase = Phase.closed
    var socket: CInt = -1
    /// When to try to connect again, or since when an answer is waited for.
    var time: Int64 = 0
    /// The message that is under way.
    var stamp: Stamp?
    var request: [UInt8] = []
    /// How much of the request the socket has taken.
    var written = 0
    var answer: [UInt8] = []

    init(place: Int, target: Int) {
        self.place = place
        self.target = target
    }
}
