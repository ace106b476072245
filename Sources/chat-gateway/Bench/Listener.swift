import Glibc

/// One listener and the state of its connection.
final class Listener {
    /// Where a connection stands.
    enum Phase {
        /// To be opened, or opened again, when its time comes.
        case waiting
        case connecting
        /// The request is sent, the response's head is not complete.
        case asking
        case streaming
        /// Open, but stops reading on purpose.
        case stalled
        /// Over for good.
        case over
    }

    /// Its number in the plan.
    let index: Int
    /// Its place in its loop.
    let place: Int
    let target: Int
    let rooms: [Int]
    let isSlow: Bool
    /// The name of its first room's part in the verification; those of the other rooms follow.
    let firstFollower: Int
    var phase = Phase.waiting
    var socket: CInt = -1
    /// When the connection attempt began.
    var began: Int64 = 0
    /// Streams it has had.
    var openings = 0
    /// Whether the present one told that it is one too many.
    var isRefused = false
    /// The beginning of a block, or of the response's head, whose rest has not come yet.
    var carry: [UInt8] = []
    var chunks: ChunkDecoder?
    var lastEventID: [UInt8] = []
    var retryMilliseconds = 3000

    init(index: Int, place: Int, plan: BenchPlan, firstFollower: Int) {
        self.index = index
        self.place = place
        self.firstFollower = firstFollower
        target = plan.target(ofListener: index)
        rooms = plan.rooms(ofListener: index)
        isSlow = plan.isSlow(listener: index)
    }
}
