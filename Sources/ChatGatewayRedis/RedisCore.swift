import ChatGateway
import CoreMetrics
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The part of a ``RedisBroker`` that lives on its loop: asks the state machines what happened means, and does it.
final class RedisCore {
    /// What the broker's callers want, on its way to the loop.
    enum Request: Sendable {
        case start
        case stop
        case deliver(any BrokerSink)
        case control(any ControlSink)
        case signals(any SignalSink)
        case cluster(any ClusterSink)
        case subscribe(Room)
        case unsubscribe(Room, done: @Sendable () -> Void)
        case append(AppendRequest)
        case page(Room, ReadRange, CheckedContinuation<Result<Page, BrokerError>, Never>)
        case top(CheckedContinuation<Result<Standing, BrokerError>, Never>)
        /// One command on one key, whose answer is a string or nothing; never repeated. Nil is the common patience.
        case value(
            Command,
            deadline: ContinuousClock.Instant?,
            CheckedContinuation<Result<ByteBuffer?, BrokerError>, Never>
        )
        /// The same of a command that changes nothing, which may be repeated.
        case lookup(Command, CheckedContinuation<Result<ByteBuffer?, BrokerError>, Never>)
    }

    /// What is fixed for the life of a broker.
    struct Settings: Sendable {
        var url: RedisURL
        var tls: RedisTLS?
        var names: Names
        /// The channel of this very node: nobody else has it, nor had the node before its restart.
        var nodeChannel: String
        var history: HistoryLimits
        var limits: LinksState.Limits
        var logger: Logger
        var metrics: any MetricsFactory = NOOPMetricsHandler.instance
        /// For how long calls wait for an answer.
        ///
        /// 5 s are promised.
        var patience: Duration = .milliseconds(4_500)
        /// How long after a loss of the links calls still wait for their return.
        ///
        /// Default 1 s.
        var grace: Duration = .seconds(1)
    }

    enum Expected {
        case append(AppendCall)
        case probe(ProbeScript.Request, isWithText: Bool)
        case top(Question<Void, Standing>)
        case read(mark: UInt64, [ReadScript.Wish], isWithText: Bool)
        case page(Question<(Room, ReadRange), Page>)
        case value(Question<Command, ByteBuffer?>)
        case lookup(Question<Command, ByteBuffer?>)
    }

    struct TopWaiter {
        var deadline: ContinuousClock.Instant
        var answer: CheckedContinuation<Result<Standing, BrokerError>, Never>
    }

    /// How long one command with SUBSCRIBEs may be, in channels.
    static let subscribeBatch = 500
    /// How often time is looked at: often enough that the shortest interval of probes is more than two ticks.
    private let tick: Duration

    let loop: any EventLoop
    let settings: Settings
    let status: StatusBoard
    let metrics: RedisMetrics
    var lastProbe: ContinuousClock.Instant?
    var sink: (any BrokerSink)?
    var controlSink: (any ControlSink)?
    var signalSink: (any SignalSink)?
    var clusterSink: (any ClusterSink)?
    let nodeChannel: ByteBuffer
    let controlChannel: ByteBuffer
    var links: LinksState
    var subscriptions = Subscriptions()
    var handlers: [Link: LinkHandler] = [:]
    var greeted: [Link: LinkHandler] = [:]
    var expected: [Link: CircularBuffer<Expected>] = [:]
    var answers: AnswerWatch
    /// Where the message comes from that is published next.
    var announcedOrigin: (position: Position, origin: Origin)?
    /// The rooms by their channels, as bytes: strings that merely look alike would be equal.
    var rooms: [ByteBuffer: Room] = [:]
    var appends = AppendQueue()
    var appendFront: (hash: String?, fence: Fence, command: Command)?
    var pages = QuestionQueue<(Room, ReadRange), Page>(limit: 8)
    var values = QuestionQueue<Command, ByteBuffer?>(limit: 256)
    /// Apart from ``values``, which leases, tickets and limits are waiting for.
    var lookups = QuestionQueue<Command, ByteBuffer?>(limit: 8, waitingLimit: 1_000)
    var tops = QuestionQueue<Void, Standing>(limit: 1)
    /// Who wants to know Redis's top and has to wait until a question is answered that was asked before.
    var topWaiters: [TopWaiter] = []
    var topAnswer: (question: Question<Void, Standing>, standing: Standing)?
    var look: FreshLook?
    var lastLook: ContinuousClock.Instant?
    var downSince: ContinuousClock.Instant?
    var downReason = "not connected to Redis yet"
    /// Before the links were up once, whoever started the broker tells why they are not.
    var hasBeenUp = false
    var hasWarned = false
    var hasWarnedOfEviction = false
    var isRunning = false
    var unsent: [Room] = []

    init(loop: any EventLoop, settings: Settings, status: StatusBoard) {
        self.loop = loop
        self.settings = settings
        controlChannel = ByteBuffer(string: settings.names.control)
        nodeChannel = ByteBuffer(string: settings.nodeChannel)
        self.status = status
        metrics = RedisMetrics(settings.metrics)
        links = LinksState(limits: settings.limits)
        tick = min(.milliseconds(50), settings.limits.probe / 5)
        answers = AnswerWatch(limit: Int(settings.patience / tick))
    }

    var now: ContinuousClock.Instant { .now }
    var jitter: Double { .random(in: 0..<1) }
    var fence: Fence? {
        guard links.isUp, let run = links.run, let timeline = subscriptions.timeline else { return nil }
        return Fence(epoch: timeline.epoch, run: run)
    }

    // MARK: Callers

    /// Takes over what callers want.
    func take(_ requests: [Request]) {
        loop.assertInEventLoop()
        for request in requests { take(request) }
        settle()
    }

    private func take(_ request: Request) {
        switch request {
        case .start: start()
        case .stop: stop()
        case .deliver(let sink):
            self.sink = sink
            if let timeline = subscriptions.timeline { sink.receive(.timeline(timeline)) }
        case .control(let sink):
            controlSink = sink
            if links.isUp { sink.mayHaveMissed() }
        case .signals(let sink): signalSink = sink
        case .cluster(let sink): clusterSink = sink
        case .subscribe(let room):
            rooms[ByteBuffer(string: settings.names.channel(of: room))] = room
            if let action = subscriptions.wanted(room) { perform(action) }
        case .unsubscribe(let room, let done):
            if let action = subscriptions.unwanted(room) { perform(action) }
            rooms[ByteBuffer(string: settings.names.channel(of: room))] = nil
            done()
        case .append(let request):
            if let reason = refusal { request.refuse(.no, reason) } else { appends.add(request) }
        case .page(let room, let range, let waiter):
            let question = Question((room, range), deadline: now + settings.patience, waiters: [waiter])
            if let reason = refusal { question.refuse(reason) } else { pages.add(question) }
        case .value(let command, let deadline, let waiter):
            let deadline = deadline ?? now + settings.patience
            let question = Question<_, ByteBuffer?>(command, deadline: deadline, waiters: [waiter])
            if let reason = refusal { question.refuse(reason) } else { values.add(question) }
        case .lookup(let command, let waiter):
            let question = Question<_, ByteBuffer?>(command, deadline: now + settings.patience, waiters: [waiter])
            if let reason = refusal { question.refuse(reason) } else { lookups.add(question) }
        case .top(let waiter):
            if let reason = refusal {
                waiter.resume(returning: .failure(BrokerError(stored: .no, reason: reason)))
            } else {
                topWaiters.append(TopWaiter(deadline: now + settings.patience, answer: waiter))
            }
        }
    }

    /// Why nothing can be taken now; nil if it can, or the links may be back in a moment.
    var refusal: String? {
        guard !links.isUp else { return nil }
        guard let downSince, now - downSince < settings.grace else { return downReason }
        return nil
    }

    private func start() {
        guard !isRunning else { return }
        isRunning = true
        downSince = now
        perform(links.started(now: now))
        scheduleTick()
    }

    private func stop() {
        guard isRunning else { return }
        isRunning = false
        downSince = nil
        perform(links.stopped())
        refuseWaiting()
    }

    private func refuseWaiting() {
        appends.refuseWaiting(downReason)
        pages.refuseWaiting(downReason)
        tops.refuseWaiting(downReason)
        values.refuseWaiting(downReason)
        lookups.refuseWaiting(downReason)
        let waiters = topWaiters
        topWaiters = []
        for waiter in waiters {
            waiter.answer.resume(returning: .failure(BrokerError(stored: .no, reason: downReason)))
        }
    }

    // MARK: Time

    private func scheduleTick() {
        loop.assumeIsolated()
            .scheduleTask(in: .nanoseconds(tick.nanoseconds)) { [weak self] in
                guard let self, isRunning else { return }
                ticked()
                scheduleTick()
            }
    }

    private func ticked() {
        perform(links.ticked(now: now, jitter: jitter))
        if let link = answers.ticked(isWaiting: { expected[$0]?.isEmpty == false }) {
            fail("no answer for \(settings.patience) on the link for \(link)")
        }
        appends.expire(now: now)
        pages.expire(now: now)
        tops.expire(now: now)
        values.expire(now: now)
        lookups.expire(now: now)
        while let first = topWaiters.first, first.deadline <= now {
            topWaiters.removeFirst()
            first.answer.resume(returning: .failure(BrokerError(stored: .no, reason: "Redis did not answer in time")))
        }
        if refusal != nil { refuseWaiting() }
        if let lastProbe { metrics.probed(before: now - lastProbe) }
        settle()
    }
}

@available(*, unavailable)
extension RedisCore: Sendable {}
