import Foundation
import IntegrationSupport
import Synchronization

/// Thousands of listeners on one thread.
final class Fleet: Sendable {
    /// Who listens to what, and where.
    struct Plan: Sendable {
        var listeners: Int
        /// The rooms of a listener.
        var rooms: @Sendable (Int) -> [Int]
        /// Where a listener connects, one door after the other.
        var doors: @Sendable (Int) -> [Door]
        /// The door of a listener's first connection.
        var firstDoor: @Sendable (Int) -> Int = { $0 }
        /// Over how long the first connections are spread.
        var openingSeconds = 1.0
        /// SO_RCVBUF of each socket; the system's own if nil.
        var receiveBuffer: Int?
    }

    /// How many listeners there are.
    let count: Int

    private let table: Mutex<FleetTable>
    private let isOver = Atomic(false)

    /// Sends the listeners off.
    init(_ plan: Plan, board: RoomBoard) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        if getrlimit(resource, &limit) == 0 {
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(resource, &limit)
        }
        count = plan.listeners
        table = Mutex(FleetTable(plan, board: board))
        Thread.detachNewThread { [weak self] in
            // Many bytes at once cost less than each by itself; 3 ms are nothing to what the tests look at.
            while let self, !self.isOver.load(ordering: .relaxed) {
                self.table.withLock { $0.walk() }
                usleep(3000)
            }
        }
    }

    deinit {
        stop()
    }

    /// What the listeners have seen so far.
    var tally: Tally { table.withLock { $0.tally } }

    /// Listeners whose stream is open and said `ready`.
    var openCount: Int { table.withLock { $0.openCount } }

    /// What the listeners without a stream are at.
    var unsettled: [String] { table.withLock { $0.unsettledPhases } }

    /// The listeners that have each of their rooms' last messages.
    func completeCount(last: [Int]) -> Int { table.withLock { $0.completeCount(last: last) } }

    /// What the verdict is when nothing more comes.
    func finished(last: [Int]) -> Verdict { table.withLock { $0.finished(last: last) } }

    /// Lets one of `share` listeners stop reading.
    func pause(oneOf share: Int, from first: Int = 0) {
        table.withLock { $0.pause(true) { $0 % share == first % share } }
    }

    /// Lets all listeners read on.
    func resume() {
        table.withLock { $0.pause(false) { _ in true } }
    }

    /// Closes all connections; the listeners wait to be called back.
    func sendAway() {
        table.withLock { $0.sendAway() }
    }

    /// Lets the listeners come back within a time, evenly, each first through this one of its doors.
    func callBack(within seconds: Double, through door: Int = 0) {
        table.withLock { $0.callBack(within: seconds, through: door) }
    }

    /// Waits until every listener has its stream.
    func opens(within limit: Duration = .seconds(60)) async throws {
        do {
            try await eventually("all listeners have their streams", within: limit) { openCount == count }
        } catch is DidNotHappen {
            let tally = tally
            throw Unexpected(
                "\(openCount) of \(count) listeners have their streams; bye: \(tally.byes), refused: \(tally.refusals),"
                    + " attempts that failed: \(tally.failures), the others: \(unsettled.prefix(5))"
            )
        }
    }

    /// Closes all connections for good.
    func stop() {
        isOver.store(true, ordering: .relaxed)
        table.withLock { $0.close() }
    }
}
