import Logging
import NIOCore
import ServiceLifecycle

/// Ends a stopping node's streams, evenly spread, so that their listeners do not reach the other nodes all at once.
struct Drain: Service, CustomStringConvertible {
    let fanout: Fanout
    let requests: RequestsUnderWay
    let duration: TimeAmount

    /// What runs services writes this into logs.
    var description: String { "Drain" }

    func run() async throws {
        try await gracefulShutdown()
        await withDiscardingTaskGroup { group in
            for loop in fanout.loops {
                group.addTask {
                    let done = loop.eventLoop.makePromise(of: Void.self)
                    loop.eventLoop.execute { loop.value.drain(over: duration, done: done) }
                    try? await done.futureResult.get()
                }
            }
        }
        // What was posted meanwhile still needs the broker.
        await requests.none()
    }
}

/// Says that the node is going, before anything of it stops.
struct Farewell: Service, CustomStringConvertible {
    let limits: StreamLimits
    let drain: Duration
    let logger: Logger

    /// What runs services writes this into logs.
    var description: String { "Farewell" }

    func run() async throws {
        try await gracefulShutdown()
        limits.beginDraining()
        logger.notice(
            "draining",
            metadata: ["streams": "\(limits.streamCount)", "limit": "\(DurationText.write(drain))"]
        )
    }
}
