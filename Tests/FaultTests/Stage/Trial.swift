import Foundation
import IntegrationSupport

/// A stage with listeners and publishers on it, and the judge of what the listeners hear.
struct Trial: Sendable {
    let stage: Stage
    let fleet: Fleet
    let board: RoomBoard
    let publishers: Publishers
    let rooms: Int

    /// Lets the listeners take their places.
    ///
    /// - Parameters:
    ///   - stage: Where.
    ///   - plan: Who listens.
    ///   - rooms: How many rooms there are; each has its publisher.
    ///   - interval: From one message of a room to the next.
    ///   - padding: Bytes by which messages are longer than they need to be.
    /// - Throws: Where not all of them get their streams.
    init(_ stage: Stage, _ plan: Fleet.Plan, rooms: Int, interval: Duration, padding: Int = 60) async throws {
        self.stage = stage
        self.rooms = rooms
        board = RoomBoard(rooms: rooms)
        fleet = Fleet(plan, board: board)
        let urls = stage.nodes.map(\.url) + [stage.nginx?.url].compactMap(\.self)
        publishers = Publishers(urls: urls, board: board, interval: interval, padding: padding)
        do {
            try await fleet.opens()
        } catch {
            fleet.stop()
            throw error
        }
    }

    /// Runs a part of the test while messages are posted.
    func publishing<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await publishers.working(rooms: rooms, body)
    }

    /// Publishes this many messages to each room, as fast as they are acknowledged.
    func publish(_ count: Int) async {
        await publishers.publish(count, rooms: rooms)
    }

    /// While messages are posted: waits until so many more are acknowledged.
    func goesOn(for messages: Int, within limit: Duration = .seconds(20)) async throws {
        let goal = board.total + messages
        try await eventually("\(messages) more messages are acknowledged", within: limit) { board.total >= goal }
    }

    /// When all is well again: posts one last message to each room, waits until everything has come, and judges.
    ///
    /// What has not come within the limit is lost.
    func judge(within limit: Duration = .seconds(60)) async throws -> Verdict {
        try await stage.becomesReady(within: .seconds(30))
        await publish(1)
        let last = board.acknowledged
        try? await eventually("everything has come", within: limit) { fleet.completeCount(last: last) == fleet.count }
        return fleet.finished(last: last)
    }

    /// Listeners that miss something even now.
    var incompleteCount: Int { fleet.count - fleet.completeCount(last: board.acknowledged) }
}
