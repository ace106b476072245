import HTTPTypes
import Logging
import NIOCore
import Synchronization

/// Has a ``MessageFilter`` judge messages: no longer than it may take, and no more at one time than there is room for.
final class MessageScreen: Sendable {
    /// Judgements under way at one time; a filter that hangs and does not heed its cancellation holds on to them.
    static let capacity = 1_000

    private let filter: MessageFilter
    /// The longest body of a replacement, in bytes.
    private let maximumBody: @Sendable () -> Int
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let underWay = Atomic(0)

    init(
        _ filter: MessageFilter,
        maximumBody: @escaping @Sendable () -> Int,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        self.filter = filter
        self.maximumBody = maximumBody
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
    }

    /// What is to be stored of a message: itself, or what the filter has put in its place.
    func pass(
        _ body: MessageBody,
        _ bytes: ByteBuffer,
        to room: Room,
        from identity: Identity?
    ) async throws(Problem) -> MessageBody {
        let message = ProposedMessage(room: room, identity: identity, id: body.senderID, body: bytes)
        switch try await verdict(on: message).kind {
        case .accept: return body
        case .replace(let other):
            guard other.readableBytes <= maximumBody(), let other = try? MessageBody(parsing: other, for: body) else {
                throw failure("its replacement is no message")
            }
            return other
        case .refuse(let status, let detail):
            guard (400...499).contains(status.code) else { throw failure("it refuses with \(status.code)") }
            throw Problem(status: status, detail: detail)
        }
    }

    private func verdict(on message: ProposedMessage) async throws(Problem) -> MessageVerdict {
        guard underWay.add(1, ordering: .relaxed).oldValue < Self.capacity else {
            underWay.subtract(1, ordering: .relaxed)
            throw .filterIsLate
        }
        switch await race(message) {
        case .verdict(let verdict): return verdict
        case .late: throw .filterIsLate
        // Not what it says: that may be a piece of the message.
        case .failed(let error): throw failure("\(type(of: error))")
        }
    }

    /// The filter's judgement, or that it came too late: whoever has posted does not wait for a filter that hangs.
    private func race(_ message: ProposedMessage) async -> FilterRace.Outcome {
        await withCheckedContinuation { continuation in
            let race = FilterRace(continuation)
            race.hold(eventLoopGroup.any().scheduleTask(in: TimeAmount(filter.limit)) { race.end(.late) })
            // A child task would have to be waited for, however long it takes. This one is the race's: it is cancelled
            // with it, and counted until it is over.
            race.hold(
                Task {
                    do {
                        race.end(.verdict(try await filter.judge(message)))
                    } catch {
                        race.end(.failed(error))
                    }
                    underWay.subtract(1, ordering: .relaxed)
                }
            )
        }
    }

    private func failure(_ reason: String) -> Problem {
        logger.error("The message filter failed", metadata: ["reason": "\(reason)"])
        return .filterFailed
    }
}

extension Problem {
    static let filterIsLate = Problem(
        status: .serviceUnavailable,
        detail: "What has to judge messages does not answer in time",
        headers: [Header(name: "Retry-After", value: "1")],
        stored: .no
    )

    static let filterFailed = Problem(
        status: .internalServerError,
        detail: "What has to judge messages has failed",
        stored: .no
    )
}
