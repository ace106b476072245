import NIOCore

extension Gate: NIOScheduledCallbackHandler {
    private var limit: TimeAmount? {
        switch machine.wait {
        case .head: TimeAmount(policy.limits.headTimeout)
        case .idle: TimeAmount(policy.limits.idleTimeout)
        case .body: TimeAmount(policy.limits.bodyTimeout)
        case .end: Self.lingerLimit
        case .answer: nil
        }
    }

    /// Begins to wait anew.
    ///
    /// A timer that is due too early is moved only when it goes off, which is cheaper than for every request.
    func restartTimer(from start: NIODeadline? = nil) {
        guard let context else { return }
        deadline = limit.map { (start ?? context.eventLoop.now) + $0 } ?? .distantFuture
        if timer != nil, timerDue <= deadline { return }
        startTimer(context)
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        guard deadline < .distantFuture else { return }
        timerDue = deadline
        // A callback needs no promise, as a task does. Fails only where the loop has ended.
        timer = try? context.eventLoop.assumeIsolated().scheduleCallback(at: deadline, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        guard let context else { return }
        guard deadline <= context.eventLoop.now else { return startTimer(context) }
        switch machine.wait {
        case .head: shared.metrics.reached(.headTime)
        case .idle: shared.metrics.reached(.idleTime)
        case .body, .answer, .end: break
        }
        perform(machine.timedOut())
    }

    func setReadSize(_ size: Int) {
        guard size != readSize else { return }
        readSize = size
        try? context?.channel.syncOptions?
            .setOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: size)
            )
    }

    func ended() {
        timer?.cancel()
        timer = nil
        // What an application has begun it may have to end, whoever has left meanwhile.
        if present?.isApplications != true { present?.task?.cancel() }
        if present?.isUnderWay == true { shared.requests.ended() }
        present = nil
        waiting.removeAll()
        front = nil
        context = nil
    }
}
