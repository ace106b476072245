import ChatGateway
import NIOCore

/// Running brokers upon one backing, each with a recorder, for the time of one check.
struct BrokerStage: Sendable {
    let brokers: [any Broker]
    let recorders: [EventRecorder]
    let patience: Duration
    private let suffix = Epoch.random().name.prefix(8)

    init(brokers: [any Broker], patience: Duration) {
        self.brokers = brokers
        self.patience = patience
        recorders = brokers.map { _ in EventRecorder() }
    }

    /// The broker of checks that need just one.
    var broker: any Broker { brokers[0] }
    /// The first broker's recorder.
    var recorder: EventRecorder { recorders[0] }

    /// A room that no earlier check has used.
    func room(_ name: String) throws(ConformanceFailure) -> Room {
        guard let room = Room("\(name)-\(suffix)") else { throw ConformanceFailure("no room name: \(name)") }
        return room
    }

    /// Lets the brokers run while `check` does its work, then ends them.
    func run(_ check: @escaping @Sendable (BrokerStage) async throws -> Void) async throws {
        for (broker, recorder) in zip(brokers, recorders) { broker.deliver(to: recorder) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for broker in brokers {
                group.addTask {
                    do {
                        try await broker.run()
                    } catch is CancellationError {
                        // How a service that was cancelled may end.
                    } catch {
                        throw ConformanceFailure("run() threw \(error)")
                    }
                    return false
                }
            }
            group.addTask {
                try await untilReady()
                try await check(self)
                return true
            }
            guard try await group.next() == true else { throw ConformanceFailure("run() ended by itself") }
            group.cancelAll()
            for recorder in recorders { try checkRules(recorder.record) }
            let limit = ContinuousClock.now + patience
            while try await group.next() != nil {}
            try ConformanceFailure.unless(ContinuousClock.now < limit, "a cancelled run() went on for \(patience)")
        }
    }

    private func untilReady() async throws {
        try await until("all brokers are ready") { brokers.allSatisfy { $0.status == .ready } }
    }

    private func checkRules(_ record: EventRecord) throws(ConformanceFailure) {
        let rules = record.violations
        try ConformanceFailure.unless(rules.isEmpty, "broken rules: \(rules.joined(separator: "; "))")
    }

    /// Waits for what no event tells of.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !condition() {
            try ConformanceFailure.unless(ContinuousClock.now < deadline, "not within \(patience): \(what)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Subscribes one broker, or all, and waits until the rooms are whole there.
    func subscribe(_ rooms: [Room], on indices: Range<Int>? = nil) async throws {
        let indices = indices ?? brokers.indices
        for index in indices {
            for room in rooms { brokers[index].subscribe(room) }
        }
        for index in indices {
            try await recorders[index]
                .wait(for: "\(rooms.count) rooms are whole", within: patience) { record in
                    rooms.allSatisfy { record.isWhole($0) }
                }
        }
    }

    /// Unsubscribes the first broker.
    func unsubscribe(_ room: Room) {
        recorder.abandon(room)
        broker.unsubscribe(room)
    }

    /// Appends a message that must be new.
    func store(_ text: String, in room: Room, key: String? = nil, through index: Int = 0) async throws -> Position {
        let message = Message(body: ByteBuffer(string: text), repetitionKey: key)
        guard case .stored(let cursor) = try await brokers[index].append(message, to: room) else {
            throw ConformanceFailure("a new message was taken for a repetition: \(text.prefix(100))")
        }
        return cursor.position
    }

    /// Appends many messages, a limited number at a time; `make` says what goes where, and through which broker.
    func store(
        _ count: Int,
        _ make: @escaping @Sendable (Int) -> (text: String, room: Room, broker: Int)
    ) async throws -> [Position] {
        try await withThrowingTaskGroup(of: (Int, Position).self) { group in
            var positions = [Position](repeating: .zero, count: count)
            for number in 0..<count {
                if number >= 50, let (done, position) = try await group.next() { positions[done] = position }
                group.addTask {
                    let (text, room, broker) = make(number)
                    return (number, try await store(text, in: room, through: broker))
                }
            }
            for try await (done, position) in group { positions[done] = position }
            return positions
        }
    }

    /// Reads all that is retained of a room, in pages of `limit`, from its oldest message on.
    func readAll(_ room: Room, through: Position = .last, limit: Int = 100) async throws -> [Entry] {
        var entries: [Entry] = []
        while true {
            let after = entries.last?.position ?? .zero
            let page = try await broker.read(ReadRange(after: after, through: through, limit: limit), of: room)
            entries += page.entries
            guard page.hasMore else { return entries }
            try ConformanceFailure.unless(!page.entries.isEmpty, "an empty page of \(room) says that there is more")
        }
    }
}
