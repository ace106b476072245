import ChatGateway
import NIOCore

/// A message that somebody waits to see stored.
struct AppendRequest: Sendable {
    var message: Message
    var room: Room
    /// When the wait is over.
    var deadline: ContinuousClock.Instant
    var answer: CheckedContinuation<Result<Receipt, BrokerError>, Never>

    /// What the request weighs in the queue, in bytes.
    var weight: Int { message.body.readableBytes + 256 }
}

/// Several messages on their way to Redis in one call.
final class AppendCall {
    /// The messages; nil where nobody waits any more.
    fileprivate(set) var requests: [AppendRequest?]
    /// Whether the script goes along as text, because Redis had lost it.
    var isWithText = false

    init(_ requests: [AppendRequest]) {
        self.requests = requests
    }

    /// Leaves out what nobody waits for any more, so that there is one outcome for each message that is sent.
    func leaveOutExpired() { requests.removeAll { $0 == nil } }
}

@available(*, unavailable)
extension AppendCall: Sendable {}

/// The appends of a node: waiting ones, and those in calls that are under way.
///
/// While some calls are under way new messages wait and leave together in the next: the higher the load, the more
/// messages a call carries.
struct AppendQueue {
    struct Limits: Hashable, Sendable {
        /// Calls under way.
        ///
        /// Default 4.
        var calls = 4
        /// Messages in a call.
        ///
        /// Default 64.
        var messages = 64
        /// Bytes in a call, about.
        ///
        /// Default 256 KiB.
        var callBytes = 256 << 10
        /// Messages that wait.
        ///
        /// Default 20,000.
        var waiting = 20_000
        /// Bytes that wait.
        ///
        /// Default 64 MiB.
        var waitingBytes = 64 << 20
    }

    private var waiting = CircularBuffer<AppendRequest>()
    private var waitingBytes = 0
    private var calls: [AppendCall] = []
    private let limits: Limits

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes a message in, or refuses it where too many wait.
    mutating func add(_ request: AppendRequest) {
        guard waiting.count < limits.waiting, waitingBytes + request.weight <= limits.waitingBytes else {
            request.refuse(.no, "too many messages wait for Redis")
            return
        }
        waitingBytes += request.weight
        waiting.append(request)
    }

    /// The next call that may leave; nil where none may or nothing waits.
    mutating func next() -> AppendCall? {
        guard calls.count < limits.calls, !waiting.isEmpty else { return nil }
        var requests: [AppendRequest] = []
        var bytes = 0
        while requests.count < limits.messages, let request = waiting.first {
            guard requests.isEmpty || bytes + request.weight <= limits.callBytes else { break }
            bytes += request.weight
            waitingBytes -= request.weight
            requests.append(waiting.removeFirst())
        }
        let call = AppendCall(requests)
        calls.append(call)
        return call
    }

    /// A call was carried out.
    mutating func finish(_ call: AppendCall, epoch: Epoch, _ outcomes: [AppendScript.Outcome]) {
        remove(call)
        for (index, outcome) in outcomes.enumerated() where index < call.requests.count {
            switch outcome {
            case .stored(let position):
                call.answer(index, .success(.stored(Cursor(epoch: epoch, position: position))))
            case .repeated(let position, let body):
                call.answer(index, .success(.repeated(Cursor(epoch: epoch, position: position), body: body)))
            }
        }
        call.refuse(.unknown, "Redis did not say what became of the message")
    }

    /// A call is sent again: with those alone that still wait, as its answers come by their places.
    mutating func repeats(_ call: AppendCall) {
        call.requests.removeAll { $0 == nil }
    }

    /// A call was refused, or nobody knows what became of it.
    mutating func refuse(_ call: AppendCall, _ stored: BrokerError.Outcome, _ reason: String) {
        remove(call)
        call.refuse(stored, reason)
    }

    /// A call was certainly not carried out: its messages go to the front of the queue.
    mutating func putBack(_ call: AppendCall) {
        remove(call)
        for request in call.requests.reversed() {
            guard let request else { continue }
            waitingBytes += request.weight
            waiting.prepend(request)
        }
        call.requests = []
    }

    /// The links are lost: nobody knows what became of the calls under way.
    mutating func lost(_ reason: String) {
        let lost = calls
        calls = []
        for call in lost { call.refuse(.unknown, reason) }
    }

    /// Refuses what has waited too long.
    mutating func expire(now: ContinuousClock.Instant) {
        for call in calls {
            for index in call.requests.indices {
                guard let request = call.requests[index], request.deadline <= now else { continue }
                call.answer(index, .failure(BrokerError(stored: .unknown, reason: "Redis did not answer in time")))
            }
        }
        // All wait equally long, so that the first is the first to expire; those put back were first before.
        while let first = waiting.first, first.deadline <= now {
            waitingBytes -= first.weight
            waiting.removeFirst()
            first.refuse(.no, "Redis did not take the message in time")
        }
    }

    /// Refuses all that waits.
    mutating func refuseWaiting(_ reason: String) {
        let refused = waiting
        waiting = CircularBuffer()
        waitingBytes = 0
        for request in refused { request.refuse(.no, reason) }
    }

    private mutating func remove(_ call: AppendCall) {
        calls.removeAll { $0 === call }
    }
}

extension AppendRequest {
    func refuse(_ stored: BrokerError.Outcome, _ reason: String) {
        answer.resume(returning: .failure(BrokerError(stored: stored, reason: reason)))
    }
}

extension AppendCall {
    fileprivate func answer(_ index: Int, _ result: Result<Receipt, BrokerError>) {
        requests[index]?.answer.resume(returning: result)
        requests[index] = nil
    }

    fileprivate func refuse(_ stored: BrokerError.Outcome, _ reason: String) {
        for index in requests.indices {
            answer(index, .failure(BrokerError(stored: stored, reason: reason)))
        }
    }
}
