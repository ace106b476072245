import NIOCore

/// How a stopping node's streams are ended.
extension StreamLoop {
    private static let drainStep = TimeAmount.milliseconds(50)

    /// Ends all streams, at an even pace over a time; succeeds the promise when the last connection is closed.
    func drain(over duration: TimeAmount, done: EventLoopPromise<Void>) {
        drained = done
        drainStep(DrainPace(count: streams.count, duration: duration), since: eventLoop.now)
    }

    private func drainStep(_ pace: DrainPace, since start: NIODeadline) {
        let due = streams.count - pace.remaining(after: eventLoop.now - start)
        for stream in streams.suffix(max(0, due)).reversed() { stream.end(.draining) }
        if streams.isEmpty { return finishDrain() }
        eventLoop.assumeIsolated().scheduleTask(in: Self.drainStep) { self.drainStep(pace, since: start) }
    }

    /// A stream that was told to end is closed.
    func ended() {
        endingCount -= 1
        finishDrain()
    }

    private func finishDrain() {
        guard streams.isEmpty, endingCount == 0 else { return }
        drained?.succeed()
        drained = nil
    }
}
