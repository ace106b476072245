import NIOCore

/// The long work of a loop, in slices between which the loop turns to its sockets.
///
/// There is one chain of them: while a task is due a loop does not look at its sockets, and of two chains one always is.
final class Slices {
    /// A task that is due when the loop comes to ask for the next would run before it looks at its sockets again.
    private static let pause = TimeAmount.microseconds(20)

    private let eventLoop: any EventLoop
    /// Does some of everything that there is to do, and schedules more where that was not all.
    var work: () -> Void = {}
    private(set) var isScheduled = false
    private var isWorking = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Has one more slice done.
    func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        // The pause begins when the present slice is over.
        if !isWorking { pause() }
    }

    private func pause() {
        eventLoop.assumeIsolated()
            .scheduleTask(in: Self.pause) {
                self.isScheduled = false
                self.isWorking = true
                self.work()
                self.isWorking = false
                if self.isScheduled { self.pause() }
            }
    }
}
