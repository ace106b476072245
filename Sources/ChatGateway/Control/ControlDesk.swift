import Logging
import NIOCore
import ServiceLifecycle

/// Carries out, on this node, what operators want.
final class ControlDesk: Service {
    /// What has to be asked of, or sent to, the other nodes.
    private enum Errand {
        case fetchBars
        case send(ControlCommand)
    }

    let bars: Bars
    private let plane: any ControlPlane
    private let fanout: Fanout
    private let logger: Logger
    private let errands: AsyncStream<Errand>
    private let add: AsyncStream<Errand>.Continuation

    init(plane: any ControlPlane, fanout: Fanout, bars: Bars, logger: Logger) {
        self.plane = plane
        self.fanout = fanout
        self.bars = bars
        self.logger = logger
        (errands, add) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
        plane.deliver(to: self)
    }

    /// Has every node end streams.
    func order(_ command: ControlCommand) async throws(BrokerError) -> Int {
        try await plane.send(command)
    }

    /// Runs errands until shutdown.
    func run() async {
        for await errand in errands.cancelOnGracefulShutdown() {
            switch errand {
            case .fetchBars: await fetchBars()
            case .send(let command):
                do {
                    _ = try await plane.send(command)
                } catch {
                    logger.warning("A bar was lost", metadata: ["reason": "\(error.reason)"])
                }
            }
        }
    }

    private func fetchBars() async {
        do {
            let changes = bars.changes
            guard let new = bars.replace(with: try await plane.bars(), changes: changes) else {
                add.yield(.fetchBars)
                return
            }
            // Whoever was barred while this node heard nothing may hold streams here.
            for user in new { end(.user(user), bar: nil) }
        } catch {
            logger.debug("Bars cannot be read", metadata: ["reason": "\(error.reason)"])
            try? await Task.sleep(for: .seconds(1))
            add.yield(.fetchBars)
        }
    }

    private func end(_ target: ControlCommand.Target, bar: Duration?) {
        for loop in fanout.loops {
            loop.eventLoop.execute {
                for user in loop.value.kick(target) {
                    // Only the node that has the stream knows whose it is.
                    if let bar { self.add.yield(.send(ControlCommand(.user(user), bar: bar))) }
                }
            }
        }
    }
}

extension ControlDesk: ControlSink {
    func receive(_ command: ControlCommand) {
        switch command.target {
        case .user(let user):
            if let bar = command.bar { bars.set(user, for: bar) }
            end(command.target, bar: nil)
        case .stream:
            end(command.target, bar: command.bar)
        }
    }

    func mayHaveMissed() {
        add.yield(.fetchBars)
    }
}
