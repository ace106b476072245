import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The process around a node: its event loops, and the signals that end it.
struct NodeProcess {
    let configuration: ServeConfiguration
    let logger: Logger

    /// Runs the node until it has stopped after a signal; throws where it cannot start or fails.
    func run() async throws {
        // Before anything that takes time: the first process of a container ignores signals that nobody waits for.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        // Never shut down: Hummingbird's server lets go of its last objects after it has returned, and what those still ask
        // of a loop that is gone is an error. The loops end with the process.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loops)
        try await run(NodeService(configuration: configuration, loops: loops, logger: logger), until: signals)
    }

    private func run(_ node: NodeService, until signals: UnixSignalsSequence) async throws {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: node, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger,
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await Self.obey(signals, by: services, logger: logger) }
            tasks.addTask { try await services.run() }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    /// The first signal stops the node in order, the second ends the process at once.
    private static func obey(_ signals: UnixSignalsSequence, by services: ServiceGroup, logger: Logger) async {
        var isStopping = false
        for await signal in signals {
            if isStopping { _exit(128 + signal.rawValue) }
            isStopping = true
            logger.notice("stopping", metadata: ["signal": "\(signal)"])
            await services.triggerGracefulShutdown()
        }
    }
}
