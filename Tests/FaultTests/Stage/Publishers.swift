import AsyncHTTPClient
import Foundation
import NIOCore
import Synchronization

/// One publisher per room: it numbers its messages, and repeats each until it is acknowledged before it begins the next.
struct Publishers: Sendable {
    /// Where to post: one address after the other, and another one after an error.
    let urls: [String]
    let board: RoomBoard
    /// The time from one message of a room to the next.
    let interval: Duration

    private let padding: String

    /// Makes publishers whose messages are longer than they need to be by the padding, in bytes.
    init(urls: [String], board: RoomBoard, interval: Duration, padding: Int) {
        self.urls = urls
        self.board = board
        self.interval = interval
        self.padding = String(repeating: "x", count: padding)
    }

    /// Runs a test while the publishers work; afterwards each has finished its last message.
    func working<Result>(
        rooms: Int,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let isOver = Flag()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for room in 0..<rooms { group.addTask { await publish(to: room, until: isOver) } }
            let result = try await body()
            isOver.raise()
            try await group.waitForAll()
            return result
        }
    }

    /// Posts so many messages to each room, as fast as they are acknowledged.
    func publish(_ count: Int, rooms: Int) async {
        await withDiscardingTaskGroup { group in
            for room in 0..<rooms {
                group.addTask {
                    var door = room
                    for _ in 0..<count where !Task.isCancelled { await post(room, &door) }
                }
            }
        }
    }

    private func publish(to room: Int, until isOver: Flag) async {
        let clock = ContinuousClock()
        // Rooms do not speak all at once.
        var due = clock.now + interval * Double.random(in: 0..<1)
        var door = room
        while true {
            try? await clock.sleep(until: due)
            guard !isOver.isRaised, !Task.isCancelled else { return }
            await post(room, &door)
            // What an outage has held up is made up for, but not for ever.
            due = max(due + interval, clock.now - .seconds(5))
        }
    }

    /// Posts the room's next message until it is acknowledged.
    private func post(_ room: Int, _ door: inout Int) async {
        let number = board.begin(room: room)
        let body = NumberedMessage(room: room, number: number).body(padding: padding)
        while !Task.isCancelled {
            let url = urls[door % urls.count] + NumberedMessage.path(room)
            door += 1
            if await attempt(body, url) { return board.acknowledge(room: room) }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func attempt(_ body: String, _ url: String) async -> Bool {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = ["Content-Type": "application/json"]
        request.body = .bytes(ByteBuffer(string: body))
        do {
            let response = try await Self.client.execute(request, timeout: .seconds(3))
            _ = try await response.body.collect(upTo: 1 << 20)
            if response.status == .created || response.status == .ok { return true }
            board.refused("\(response.status.code)")
        } catch {
            board.refused("no answer")
        }
        return false
    }

    /// A node that is stopped must not use up the connections of all publishers.
    private static let client = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.timeout.connect = .seconds(2)
        // A node that is down refuses at once: then it is the next one's turn.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }()
}

/// Something that is said once, to many.
private final class Flag: Sendable {
    private let state = Atomic(false)

    var isRaised: Bool { state.load(ordering: .relaxed) }

    func raise() {
        state.store(true, ordering: .relaxed)
    }
}
