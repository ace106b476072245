import Synchronization

/// How far the publishers of a run are, in numbers of messages: what listeners are judged by.
final class RoomBoard: Sendable {
    private struct State {
        var begun: [Int]
        var acknowledged: [Int]
        /// Answers of publishers that were no acknowledgement, by what they were.
        var refusals: [String: Int] = [:]
    }

    private let state: Mutex<State>

    init(rooms: Int) {
        let none = [Int](repeating: 0, count: rooms)
        state = Mutex(State(begun: none, acknowledged: none))
    }

    /// Per room the last number that somebody has begun to post.
    var begun: [Int] { state.withLock { $0.begun } }

    /// Per room the last number that was acknowledged.
    var acknowledged: [Int] { state.withLock { $0.acknowledged } }

    /// All acknowledged messages.
    var total: Int { state.withLock { $0.acknowledged.reduce(0, +) } }

    /// What publishers were answered that was no acknowledgement, and how often.
    var refusals: [String: Int] { state.withLock { $0.refusals } }

    /// A message is about to be posted for the first time; returns its number.
    func begin(room: Int) -> Int {
        state.withLock { state in
            state.begun[room] += 1
            return state.begun[room]
        }
    }

    func acknowledge(room: Int) {
        state.withLock { $0.acknowledged[room] += 1 }
    }

    func refused(_ answer: String) {
        state.withLock { $0.refusals[answer, default: 0] += 1 }
    }
}
