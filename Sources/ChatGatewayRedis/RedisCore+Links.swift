import ChatGateway
import NIOCore

extension RedisCore {
    func perform(_ action: LinksState.Action) {
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
            metrics.cameUp()
            controlSink?.mayHaveMissed()
        case .close(let reason, let wasUp):
            close(reason, wasUp: wasUp)
        }
    }

    private func open() {
        for link in Link.allCases {
            let handler = LinkHandler(
                link,
                url: settings.url,
                tls: settings.tls,
                nodeChannel: settings.nodeChannel,
                controlChannel: settings.names.control,
                owner: self
            )
            handlers[link] = handler
            handler.connect(on: loop, within: settings.limits.opening)
        }
    }

    /// Asks, at most once a second, who answers at Redis's address.
    ///
    /// After a failover the links may live on with a process that nobody else talks to any more: a question on them
    /// would be answered with what the node knows already.
    func lookAfresh() {
        guard look == nil, lastLook.map({ now - $0 >= .seconds(1) }) ?? true else { return }
        lastLook = now
        look = FreshLook(settings.url, tls: settings.tls, on: loop, within: .seconds(1)) { [weak self] greeting in
            guard let self else { return }
            look = nil
            if let greeting, greeting.isMaster, links.isUp, greeting.run != links.run {
                fail("another process answers at Redis's address")
            }
            answerTop()
            settle()
        }
    }

    func answerTop() {
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
        answers.reset()
        unsent = []
        announcedOrigin = nil
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
        metrics.wentDown(wasUp: wasUp)
        for action in subscriptions.linksWentDown() { perform(action) }
        appends.lost("the link to Redis was lost: \(reason)")
        pages.lost()
        tops.lost()
        lookups.lost()
        values.abandon("the link to Redis was lost: \(reason)")
    }

    func fail(_ reason: String) {
        perform(links.failed(reason, now: now, jitter: jitter))
    }
}
