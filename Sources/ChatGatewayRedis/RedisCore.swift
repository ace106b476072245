import ChatGateway
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
        case subscribe(Room)
        case unsubscribe(Room)
        case append(AppendRequest)
        case page(Room, ReadRange, CheckedContinuation<Result<Page, BrokerError>, Never>)
        case top(CheckedContinuation<Result<Standing, BrokerError>, Never>)
    }

    /// What is fixed for the life of a broker.
    struct Settings: Sendable {
        var url: RedisURL
        var names: Names
        /// The channel of this very node: nobody else has it, nor had the node before its restart.
        var nodeChannel: String
        var history: HistoryLimits
        var limits: LinksState.Limits
        var logger: Logger
        /// For how long calls wait for an answer.
        ///
        /// 5 s are promised.
        var patience: Duration = .milliseconds(4_500)
        /// How long after a loss of the links calls still wait for their return.
        ///
        /// Default 1 s.
        var grace: Duration = .seconds(1)
    }

    private enum Expected {
        case append(AppendCall)
        case probe(ProbeScript.Request, isWithText: Bool)
        case top(Question<Void, Standing>)
        case read(mark: UInt64, [ReadScript.Wish], isWithText: Bool)
        case page(Question<(Room, ReadRange), Page>)
    }

    /// How long one command with SUBSCRIBEs may be, in channels.
    private static let subscribeBatch = 500
    private static let tick = TimeAmount.milliseconds(50)

    private let loop: any EventLoop
    private let settings: Settings
    private let status: StatusBoard
    private var sink: (any BrokerSink)?
    private var links: LinksState
    private var subscriptions = Subscriptions()
    private var handlers: [Link: LinkHandler] = [:]
    private var greeted: [Link: LinkHandler] = [:]
    private var expected: [Link: CircularBuffer<Expected>] = [:]
    /// The rooms by their channels, as bytes: strings that merely look alike would be equal.
    private var rooms: [ByteBuffer: Room] = [:]
    private var appends = AppendQueue()
    private var pages = QuestionQueue<(Room, ReadRange), Page>(limit: 8)
    private var tops = QuestionQueue<Void, Standing>(limit: 1)
    private var topWaiters: [CheckedContinuation<Result<Standing, BrokerError>, Never>] = []
    private var topAnswer: (question: Question<Void, Standing>, standing: Standing)?
    private var look: FreshLook?
    private var lastLook: ContinuousClock.Instant?
    private var downSince: ContinuousClock.Instant?
    private var downReason = "not connected to Redis yet"
    /// Before the links were up once, whoever started the broker tells why they are not.
    private var hasBeenUp = false
    private var hasWarned = false
    private var hasWarnedOfEviction = false
    private var isRunning = false
    private var unsent: [Room] = []

    init(loop: any EventLoop, settings: Settings, status: StatusBoard) {
        self.loop = loop
        self.settings = settings
        self.status = status
        links = LinksState(limits: settings.limits)
    }

    private var now: ContinuousClock.Instant { .now }
    private var jitter: Double { .random(in: 0..<1) }
    private var fence: Fence? {
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
        case .subscribe(let room):
            rooms[ByteBuffer(string: settings.names.channel(of: room))] = room
            if let action = subscriptions.wanted(room) { perform(action) }
        case .unsubscribe(let room):
            if let action = subscriptions.unwanted(room) { perform(action) }
            rooms[ByteBuffer(string: settings.names.channel(of: room))] = nil
        case .append(let request):
            if let reason = refusal { request.refuse(.no, reason) } else { appends.add(request) }
        case .page(let room, let range, let waiter):
            let question = Question((room, range), deadline: now + settings.patience, waiters: [waiter])
            if let reason = refusal { question.refuse(reason) } else { pages.add(question) }
        case .top(let waiter):
            if let reason = refusal {
                waiter.resume(returning: .failure(BrokerError(stored: .no, reason: reason)))
            } else {
                topWaiters.append(waiter)
            }
        }
    }

    /// Why nothing can be taken now; nil if it can, or the links may be back in a moment.
    private var refusal: String? {
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
        let waiters = topWaiters
        topWaiters = []
        for waiter in waiters { waiter.resume(returning: .failure(BrokerError(stored: .no, reason: downReason))) }
    }

    // MARK: Time

    private func scheduleTick() {
        loop.assumeIsolated()
            .scheduleTask(in: Self.tick) { [weak self] in
                guard let self, isRunning else { return }
                ticked()
                scheduleTick()
            }
    }

    private func ticked() {
        perform(links.ticked(now: now, jitter: jitter))
        appends.expire(now: now)
        pages.expire(now: now)
        tops.expire(now: now)
        if refusal != nil { refuseWaiting() }
        settle()
    }

    // MARK: Links

    private func perform(_ action: LinksState.Action) {
        switch action {
        case .none: break
        case .open: open()
        case .probe(let serial, let run):
            let request = ProbeScript.Request(
                run: run,
                candidate: .random(),
                received: subscriptions.receivedCursor,
                channel: settings.nodeChannel,
                serial: serial
            )
            send(.probe(request, isWithText: false))
        case .announce:
            hasBeenUp = true
            hasWarned = false
            downSince = nil
            settings.logger.notice("Redis links up", metadata: ["redis.url": "\(settings.url)"])
            status.set(.ready)
        case .close(let reason, let wasUp):
            close(reason, wasUp: wasUp)
        }
    }

    private func open() {
        for link in Link.allCases {
            let handler = LinkHandler(link, url: settings.url, nodeChannel: settings.nodeChannel, owner: self)
            handlers[link] = handler
            handler.connect(on: loop, within: settings.limits.opening)
        }
    }

    /// Asks, at most once a second, who answers at Redis's address.
    ///
    /// After a failover the links may live on with a process that nobody else talks to any more: a question on them
    /// would be answered with what the node knows already.
    private func lookAfresh() {
        guard look == nil, lastLook.map({ now - $0 >= .seconds(1) }) ?? true else { return }
        lastLook = now
        look = FreshLook(settings.url, on: loop, within: .seconds(1)) { [weak self] greeting in
            guard let self else { return }
            look = nil
            if let greeting, greeting.isMaster, links.isUp, greeting.run != links.run {
                fail("another process answers at Redis's address")
            }
            answerTop()
            settle()
        }
    }

    private func answerTop() {
        guard look == nil, let (question, standing) = topAnswer else { return }
        topAnswer = nil
        tops.finish(question)
        question.answer(.success(standing))
        if let drop = subscriptions.saw(standing.timeline.epoch, standing.top) { perform(drop) }
    }

    private func close(_ reason: String, wasUp: Bool) {
        let open = handlers
        handlers = [:]
        greeted = [:]
        expected = [:]
        unsent = []
        for handler in open.values { handler.close() }
        look?.close()
        look = nil
        topAnswer = nil
        if isRunning, downSince == nil { downSince = now }
        downReason = "Redis is away: \(reason)"
        if !hasBeenUp {
            settings.logger.debug("Redis cannot be reached", metadata: ["reason": "\(reason)"])
        } else if !isRunning {
            settings.logger.notice("Redis links closed")
        } else if !hasWarned {
            hasWarned = true
            settings.logger.warning(
                "Redis is away",
                metadata: ["redis.url": "\(settings.url)", "reason": "\(reason)"]
            )
        } else {
            settings.logger.debug("Redis is still away", metadata: ["reason": "\(reason)"])
        }
        status.set(.away(downReason))
        for action in subscriptions.linksWentDown() { perform(action) }
        appends.lost("the link to Redis was lost: \(reason)")
        pages.lost()
        tops.lost()
    }

    private func fail(_ reason: String) {
        perform(links.failed(reason, now: now, jitter: jitter))
    }

    // MARK: Sending

    private func send(_ item: Expected) {
        let names = settings.names
        switch item {
        case .append(let call):
            guard let fence else { return appends.putBack(call) }
            var command = AppendScript.command(
                hash: call.isWithText ? nil : hash(of: .append),
                names: names,
                fence: fence,
                history: settings.history
            )
            for request in call.requests {
                guard let request else { continue }
                AppendScript.add(request.message, to: request.room, of: &command)
            }
            send(command, on: .commands, item)
        case .probe(let request, let isWithText):
            let hash = isWithText ? nil : hash(of: .probe)
            send(
                ProbeScript.command(hash: hash, names: names, request: request, history: settings.history),
                on: .commands,
                item
            )
        case .top:
            send(Command("HMGET", names.state, "epoch", "top", "seams"), on: .commands, item)
        case .read(let mark, let wishes, let isWithText):
            guard let fence else { return }
            let command = ReadScript.command(
                hash: isWithText ? nil : hash(of: .read),
                names: names,
                fence: fence,
                channel: settings.nodeChannel,
                mark: mark,
                wishes: wishes
            )
            send(command, on: .pages, item)
        case .page(let question):
            let (room, range) = question.content
            let command = PageScript.command(
                hash: question.isWithText ? nil : hash(of: .page),
                names: names,
                room: room,
                range: range,
                history: settings.history
            )
            send(command, on: .pages, item)
        }
    }

    private func hash(of script: Script) -> String? {
        greeted[script == .append || script == .probe ? .commands : .pages]?.hashes[script]
    }

    private func send(_ command: Command, on link: Link, _ item: Expected) {
        expected[link, default: CircularBuffer()].append(item)
        greeted[link]?.send(command)
    }

    /// Sends what has gathered; called whenever everything that arrived together was looked at.
    private func settle() {
        for action in subscriptions.settled() { perform(action) }
        sendSubscribes()
        if links.isUp {
            while let call = appends.next() { send(.append(call)) }
            while let question = pages.next() { send(.page(question)) }
            if !topWaiters.isEmpty, tops.isIdle {
                tops.add(Question((), deadline: now + settings.patience, waiters: topWaiters))
                topWaiters = []
            }
            while let question = tops.next() {
                lookAfresh()
                send(.top(question))
            }
        }
        for handler in greeted.values { handler.flush() }
    }

    private func sendSubscribes() {
        guard !unsent.isEmpty else { return }
        var rest = unsent[...]
        unsent = []
        while !rest.isEmpty {
            var command = Command("SUBSCRIBE")
            for room in rest.prefix(Self.subscribeBatch) { command.append(settings.names.channel(of: room)) }
            rest = rest.dropFirst(Self.subscribeBatch)
            greeted[.subscription]?.send(command)
        }
    }

    private func perform(_ action: Subscriptions.Action) {
        switch action {
        case .tell(let event): sink?.receive(event)
        case .subscribe(let rooms): unsent += rooms
        case .unsubscribe(let room):
            // What was asked for before must reach Redis before.
            sendSubscribes()
            greeted[.subscription]?.send(Command("UNSUBSCRIBE", settings.names.channel(of: room)))
        case .read(let mark, let wishes): send(.read(mark: mark, wishes, isWithText: false))
        case .drop(let reason): fail(reason)
        }
    }

    /// Performs actions up to the one that drops the links.
    private func perform(_ actions: [Subscriptions.Action]) {
        for action in actions {
            perform(action)
            if action.isDrop { return }
        }
    }
}

extension RedisCore: LinkOwner {
    func linkGreeted(_ link: LinkHandler, _ greeting: Greeting) {
        guard handlers[link.link] === link else { return }
        greeted[link.link] = link
        if let policy = link.evictionPolicy, policy != "noeviction", !hasWarnedOfEviction {
            hasWarnedOfEviction = true
            settings.logger.warning(
                "Redis may evict logs when its memory is full; set maxmemory-policy noeviction",
                metadata: ["redis.maxmemory-policy": "\(policy)"]
            )
        }
        perform(links.greeted(link.link, greeting, now: now, jitter: jitter))
    }

    func linkFailed(_ link: LinkHandler, reason: String) {
        guard handlers[link.link] === link else { return }
        fail(reason)
        settle()
    }

    func linkSettled(_ link: LinkHandler) {
        guard handlers[link.link] === link else { return }
        settle()
    }

    func linkReceived(_ reply: Reply, on link: LinkHandler) {
        guard handlers[link.link] === link else { return }
        if link.link == .subscription {
            pushed(reply)
        } else if let item = expected[link.link]?.popFirst() {
            answered(item, reply)
        } else {
            fail("a reply that nobody asked for")
        }
    }

    // MARK: The subscription link

    private func pushed(_ reply: Reply) {
        var reader = reply.reader
        guard reader.array() != nil, let kind = reader.string(), let name = reader.slice() else {
            return fail(reply.error ?? "something else than a message on the subscription link")
        }
        switch kind {
        case "message":
            guard let payload = reader.slice(),
                let publication = Publication(payload, known: subscriptions.timeline?.epoch)
            else { return links.heard() }
            published(publication, to: name)
        case "subscribe":
            links.heard()
            if let room = rooms[name] ?? settings.names.room(of: String(buffer: name)) {
                perform(subscriptions.confirmed(room))
            }
        default:
            links.heard()
        }
    }

    private func published(_ publication: Publication, to name: ByteBuffer) {
        switch publication {
        case .message(let epoch, let entry):
            links.heard()
            guard let room = rooms[name] else { return }
            if let action = subscriptions.messageArrived(entry, epoch: epoch, in: room) { perform(action) }
        case .probe(let serial, let epoch, let top):
            links.heard(probe: serial)
            if let action = subscriptions.probeArrived(epoch: epoch, top: top) { perform(action) }
        case .mark(let mark, let epoch, let top):
            links.heard()
            perform(subscriptions.marked(mark, epoch: epoch, top: top))
        }
    }

    // MARK: Replies

    private func answered(_ item: Expected, _ reply: Reply) {
        if let error = reply.error { return refused(item, Refusal(error)) }
        switch item {
        case .append(let call):
            guard let outcomes = AppendScript.outcomes(reply), let fence else {
                appends.refuse(call, .unknown, "an answer that is none")
                return fail("an answer that is none")
            }
            appends.finish(call, epoch: fence.epoch, outcomes)
            for outcome in outcomes {
                if case .stored(let position) = outcome { _ = subscriptions.saw(fence.epoch, position) }
            }
        case .probe:
            guard let standing = ProbeScript.answer(reply) else { return fail("an answer that is none") }
            if links.isUp {
                if let drop = subscriptions.saw(standing.timeline.epoch, standing.top) { perform(drop) }
            } else {
                let announcement = links.probed()
                perform(subscriptions.linksCameUp(standing))
                perform(announcement)
            }
        case .top(let question):
            var reader = reply.reader
            guard reader.array() == 3, let standing = reader.standing() else { return fail("Redis has no epoch") }
            topAnswer = (question, standing)
            answerTop()
        case .read(let mark, _, _):
            guard let (standing, parts) = ReadScript.answer(reply) else { return fail("an answer that is none") }
            perform(subscriptions.readAnswered(mark: mark, standing, parts))
        case .page(let question):
            pages.finish(question)
            guard let (page, top) = PageScript.answer(reply) else {
                question.refuse("an answer that is none")
                return fail("an answer that is none")
            }
            question.answer(.success(page))
            if let drop = subscriptions.saw(page.timeline.epoch, top) { perform(drop) }
        }
    }

    private func refused(_ item: Expected, _ refusal: Refusal) {
        if refusal == .isUnknownScript {
            switch item {
            case .append(let call) where !call.isWithText:
                call.isWithText = true
                return send(item)
            case .probe(let request, isWithText: false):
                return send(.probe(request, isWithText: true))
            case .read(let mark, let wishes, isWithText: false):
                return send(.read(mark: mark, wishes, isWithText: true))
            case .page(let question) where !question.isWithText:
                question.isWithText = true
                return send(item)
            default: break
            }
        }
        var isDrop = false
        switch item {
        case .append(let call):
            if case .isWrongPlace = refusal {
                appends.putBack(call)
                isDrop = true
            } else {
                appends.refuse(call, refusal.stored, refusal.reason)
            }
        case .probe, .read:
            isDrop = true
        case .top(let question):
            tops.finish(question)
            question.refuse(refusal.reason)
        case .page(let question):
            pages.finish(question)
            question.refuse(refusal.reason)
            if case .isWrongPlace = refusal { isDrop = true }
        }
        if isDrop { fail(refusal.reason) }
    }
}

@available(*, unavailable)
extension RedisCore: Sendable {}
