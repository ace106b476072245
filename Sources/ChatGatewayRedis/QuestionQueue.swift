import ChatGateway
import NIOCore

/// A question to Redis; one whose answer changes nothing can be asked again.
final class Question<Content, Answer: Sendable> {
    let content: Content
    private let deadline: ContinuousClock.Instant
    private var waiters: [CheckedContinuation<Result<Answer, BrokerError>, Never>]
    /// Whether the script goes along as text, because Redis had lost it.
    var isWithText = false

    init(
        _ content: Content,
        deadline: ContinuousClock.Instant,
        waiters: [CheckedContinuation<Result<Answer, BrokerError>, Never>]
    ) {
        self.content = content
        self.deadline = deadline
        self.waiters = waiters
    }

    /// Whether nobody waits for the answer any more.
    var isOver: Bool { waiters.isEmpty }

    /// Answers all who wait, once.
    func answer(_ result: Result<Answer, BrokerError>) {
        let answered = waiters
        waiters = []
        for waiter in answered { waiter.resume(returning: result) }
    }

    /// Tells all who wait that there is no answer.
    func refuse(_ reason: String) {
        answer(.failure(BrokerError(stored: .no, reason: reason)))
    }

    /// Refuses where the wait is over.
    func expire(now: ContinuousClock.Instant) {
        if deadline <= now { refuse("Redis did not answer in time") }
    }
}

@available(*, unavailable)
extension Question: Sendable {}

/// Questions that wait for their turn, and those under way.
struct QuestionQueue<Content, Answer: Sendable> {
    private var waiting = CircularBuffer<Question<Content, Answer>>()
    private var asked: [Question<Content, Answer>] = []
    private let limit: Int
    private let waitingLimit: Int

    /// Whether nothing waits and nothing is under way.
    var isIdle: Bool { waiting.isEmpty && asked.isEmpty }

    /// Makes a queue with so many questions under way at most, and so many that wait.
    init(limit: Int, waitingLimit: Int = 20_000) {
        self.limit = limit
        self.waitingLimit = waitingLimit
    }

    /// Takes a question in, or refuses it where too many wait.
    mutating func add(_ question: Question<Content, Answer>) {
        guard waiting.count < waitingLimit else { return question.refuse("too many questions wait for Redis") }
        waiting.append(question)
    }

    /// The next question that may leave.
    mutating func next() -> Question<Content, Answer>? {
        while asked.count < limit, let question = waiting.popFirst() {
            guard !question.isOver else { continue }
            asked.append(question)
            return question
        }
        return nil
    }

    /// A question is answered.
    mutating func finish(_ question: Question<Content, Answer>) {
        asked.removeAll { $0 === question }
    }

    /// The links are lost: what was asked is asked again.
    mutating func lost() {
        for question in asked.reversed() where !question.isOver { waiting.prepend(question) }
        asked = []
    }

    /// The links are lost: what was asked is refused, as its answer may have changed something.
    mutating func abandon(_ reason: String) {
        let refused = asked
        asked = []
        for question in refused { question.refuse(reason) }
    }

    /// Refuses what has waited too long.
    mutating func expire(now: ContinuousClock.Instant) {
        for question in asked { question.expire(now: now) }
        // Not all have the same time.
        for question in waiting { question.expire(now: now) }
        while waiting.first?.isOver == true { waiting.removeFirst() }
    }

    /// Refuses all that waits.
    mutating func refuseWaiting(_ reason: String) {
        let refused = waiting
        waiting = CircularBuffer()
        for question in refused { question.refuse(reason) }
    }
}
