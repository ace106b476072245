import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The process around a node: its event loops, and the signals that it obeys.
struct NodeProcess {
    let configuration: ServeConfiguration
    let reloading: Reloading
    let logger: Logger

    /// Runs the node until it has stopped after a signal; throws where it cannot start or fails.
    func run() async throws {
        // Before anything that takes time: the first process of a container ignores signals that nobody waits for.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        // Never shut down: Hummingbird's server lets go of its last objects after it has returned, and what those still ask
        // of a loop that is gone is an error. The loops end with the process.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loops)
        LoopHeap.prepare(loops)
        let node = NodeService(
            configuration: configuration,
            live: reloading.live,
            tls: reloading.tls,
            auth: reloading.auth,
            loops: loops,
            logger: logger
        )
        try await run(node, until: signals)
    }

    private func run(_ node: NodeService, until signals: UnixSignalsSequence) async throws {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: node, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger,
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await obey(signals, by: services) }
            tasks.addTask { try await services.run() }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    /// SIGHUP reloads; of the others the first stops the node in order, the second ends the process at once.
    private func obey(_ signals: UnixSignalsSequence, by services: ServiceGroup) async {
        var isStopping = false
        for await signal in signals {
            if signal == .sighup {
                guard !isStopping else { continue }
                // Whoever closes the terminal means the end, as ever.
                guard Terminal.hasHungUp else {
                    await reloading.run()
                    continue
                }
            }
            if isStopping { _exit(128 + signal.rawValue) }
            isStopping = true
            logger.notice("stopping", metadata: ["signal": "\(signal)"])
            await services.triggerGracefulShutdown()
        }
    }
}
