import NIOCore
import Synchronization

/// A judgement and its time limit, of which the first to come decides.
final class FilterRace: Sendable {
    enum Outcome: Sendable {
        case verdict(MessageVerdict)
        case failed(any Error)
        case late
    }

    private struct State {
        var waiting: CheckedContinuation<Outcome, Never>?
        var timer: Scheduled<Void>?
        var work: Task<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ waiting: CheckedContinuation<Outcome, Never>) {
        state = Mutex(State(waiting: waiting))
    }

    /// Takes over the timer of the limit; it is stopped when it is not needed any more.
    func hold(_ timer: Scheduled<Void>) {
        if !keep({ $0.timer = timer }) { timer.cancel() }
    }

    /// Takes over the task of the judgement; it is cancelled where that is not needed any more.
    func hold(_ work: Task<Void, Never>) {
        if !keep({ $0.work = work }) { work.cancel() }
    }

    /// Whoever comes second says nothing.
    func end(_ outcome: Outcome) {
        let last = state.withLock { state in
            defer { state = State() }
            return state
        }
        last.timer?.cancel()
        last.work?.cancel()
        last.waiting?.resume(returning: outcome)
    }

    /// Keeps something for as long as nothing is decided.
    private func keep(_ change: (inout State) -> Void) -> Bool {
        state.withLock { state in
            guard state.waiting != nil else { return false }
            change(&state)
            return true
        }
    }
}
