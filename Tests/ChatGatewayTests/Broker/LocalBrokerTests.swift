import ChatGatewayTesting
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct LocalBrokerTests {
    private let clock = ManualClock(milliseconds: 1_000_000_000)
    private let recorder = EventRecorder()

    private func broker(_ change: (inout LocalBroker.Limits) -> Void = { _ in }) -> LocalBroker {
        var limits = LocalBroker.Limits()
        change(&limits)
        let broker = LocalBroker(limits: limits, clock: clock.now)
        broker.deliver(to: recorder)
        return broker
    }

    private func room(_ name: String = "r") throws -> Room { try #require(Room(name)) }

    private func store(
        _ text: String = "{}",
        key: String? = nil,
        in room: Room,
        of broker: LocalBroker
    ) async throws -> Position {
        let receipt = try await broker.append(Message(body: ByteBuffer(string: text), repetitionKey: key), to: room)
        guard case .stored(let cursor) = receipt else {
            Issue.record("\(receipt)")
            return .zero
        }
        return cursor.position
    }

    private func read(_ room: Room, of broker: LocalBroker) async throws -> Page {
        try await broker.read(ReadRange(after: .zero, through: .last, limit: .max, byteLimit: .max), of: room)
    }

    @Test func worksBeforeItRuns() async throws {
        let broker = broker()
        let room = try room()
        broker.subscribe(room)
        let position = try await store(in: room, of: broker)
        #expect(recorder.record.entries(of: room).map(\.position) == [position])
        #expect(recorder.record.violations.isEmpty)
        #expect(broker.status == .ready)
    }

    @Test func handsARoomsEndToWhoeverBeginsToFollowIt() async throws {
        let broker = broker { $0.tail = (3, 1000) }
        let room = try room()
        var positions: [Position] = []
        for _ in 0..<5 { positions.append(try await store(in: room, of: broker)) }
        broker.subscribe(room)
        let heard = recorder.record.rooms[room]
        #expect(heard?.entries.map(\.position) == Array(positions.suffix(3)))
        #expect(heard?.restart == positions[1])
        #expect(heard?.isWhole == true)
        #expect(recorder.record.clock == positions[4])
    }

    @Test func everyStartIsAnEpochOfItsOwn() async throws {
        #expect(try await broker().top().timeline != broker().top().timeline)
    }

    @Test func positionsFollowTheClockAndNeverGoBack() async throws {
        let broker = broker()
        let room = try room()
        #expect(try await store(in: room, of: broker) == Position(milliseconds: 1_000_000_000, sequence: 0))
        #expect(try await store(in: room, of: broker) == Position(milliseconds: 1_000_000_000, sequence: 1))
        clock.advance(by: .seconds(-100))
        #expect(try await store(in: room, of: broker) == Position(milliseconds: 1_000_000_000, sequence: 2))
        clock.advance(by: .seconds(101))
        #expect(try await store(in: room, of: broker) == Position(milliseconds: 1_000_001_000, sequence: 0))
    }

    @Test func neverReadsWhatIsTooOldAndClearsItAwayOnATick() async throws {
        let broker = broker { $0.history.age = .seconds(60) }
        let room = try room()
        _ = try await store(in: room, of: broker)
        clock.advance(by: .seconds(30))
        let second = try await store(in: room, of: broker)
        clock.advance(by: .milliseconds(29_999))
        #expect(try await read(room, of: broker).entries.count == 2)
        clock.advance(by: .milliseconds(1))
        #expect(try await read(room, of: broker).entries.map(\.position) == [second])
        #expect(broker.holdings.messages == 2)
        broker.tick()
        #expect(broker.holdings.messages == 1)
        clock.advance(by: .seconds(30))
        broker.tick()
        #expect(broker.holdings.messages == 0)
        #expect(broker.holdings.bytes == 0)
        #expect(try await read(room, of: broker).last == second)
    }

    @Test func clearsAwayOneRoomsOldMessagesWhileAnotherRoomIsBusy() async throws {
        let broker = broker { $0.history = HistoryLimits(count: 10, age: .seconds(60)) }
        let (silent, busy) = (try room("silent"), try room("busy"))
        for _ in 0..<10 { _ = try await store(in: silent, of: broker) }
        clock.advance(by: .seconds(61))
        for _ in 0..<20 { _ = try await store(in: busy, of: broker) }
        #expect(broker.holdings.messages == 10)
        #expect(broker.holdings.rooms == 2)
    }

    @Test func staysWithinItsMemoryWhateverTheRooms() async throws {
        let broker = broker { $0.bytes = 100_000 }
        let last = try room("last")
        for number in 0..<500 {
            _ = try await store(String(repeating: "x", count: 1000), in: try room("\(number)"), of: broker)
            #expect(broker.holdings.bytes <= 100_000)
        }
        let position = try await store(in: last, of: broker)
        #expect(broker.holdings.messages > 30)
        #expect(try await read(try room("0"), of: broker).entries.isEmpty)
        #expect(try await read(last, of: broker).entries.map(\.position) == [position])
        #expect(try await read(try room("499"), of: broker).entries.count == 1)
    }

    @Test func keepsNoMoreOfALargeBufferThanTheMessage() async throws {
        let broker = broker()
        var buffer = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1_000_000)
        let slice = buffer.readSlice(length: 100)
        let body = try #require(slice)
        _ = try await broker.append(Message(body: body), to: try room())
        #expect(broker.holdings.bytes < 2000)
    }

    @Test func forgetsSilentRoomsButNotTheOrder() async throws {
        let broker = broker {
            $0.history.age = .seconds(60)
            $0.silence = 600_000
        }
        let (old, new) = (try room("old"), try room("new"))
        let last = try await store(in: old, of: broker)
        clock.advance(by: .seconds(61))
        broker.tick()
        #expect(broker.holdings.rooms == 1)
        #expect(try await read(old, of: broker).last == last)
        clock.advance(by: .seconds(540))
        broker.tick()
        #expect(broker.holdings.rooms == 0)
        #expect(try await read(old, of: broker).last == last)
        #expect(try await read(new, of: broker).last == last)
        _ = try await store(in: new, of: broker)
        _ = try await store(in: old, of: broker)
        for room in [old, new] {
            let entry = try #require(try await read(room, of: broker).entries.first)
            #expect(entry.previous == last)
            #expect(entry.previousIsBound)
        }
    }

    @Test func keepsRoomsThatSomebodyFollows() async throws {
        let broker = broker {
            $0.history.age = .seconds(60)
            $0.silence = 600_000
            $0.silentRooms = 1
        }
        let rooms = try (0..<2000).map { try room("\($0)") }
        for room in rooms {
            broker.subscribe(room)
            _ = try await store(in: room, of: broker)
        }
        clock.advance(by: .seconds(1000))
        broker.tick()
        #expect(broker.holdings.rooms == 2000)
        #expect(broker.holdings.messages == 0)
        for room in rooms { broker.unsubscribe(room) }
        broker.tick()
        #expect(broker.holdings.rooms == 0)
    }

    @Test func remembersOnlySoManySilentRooms() async throws {
        let broker = broker {
            $0.history.age = .seconds(60)
            $0.silentRooms = 10
        }
        for number in 0..<3000 {
            clock.advance(by: .seconds(1))
            _ = try await store(in: try room("\(number)"), of: broker)
        }
        #expect(broker.holdings.rooms <= 72)
        #expect(broker.holdings.messages <= 61)
    }

    @Test func aRoomThatSpeaksAgainIsNotForgotten() async throws {
        let broker = broker {
            $0.history.age = .seconds(60)
            $0.silence = 600_000
        }
        let room = try room()
        var last = Position.zero
        for _ in 0..<50 {
            last = try await store(in: room, of: broker)
            clock.advance(by: .seconds(120))
            broker.tick()
            #expect(broker.holdings.rooms == 1)
        }
        clock.advance(by: .seconds(600))
        broker.tick()
        #expect(broker.holdings.rooms == 0)
        #expect(try await read(room, of: broker).last == last)
    }

    @Test func remembersKeysForFiveMinutes() async throws {
        let broker = broker()
        let room = try room()
        let first = try await store("first", key: "k", in: room, of: broker)
        clock.advance(by: .milliseconds(299_999))
        let again = try await broker.append(Message(body: ByteBuffer(string: "second"), repetitionKey: "k"), to: room)
        let epoch = try await broker.top().timeline.epoch
        #expect(again == .repeated(Cursor(epoch: epoch, position: first), body: ByteBuffer(string: "first")))
        clock.advance(by: .milliseconds(1))
        #expect(try await store("third", key: "k", in: room, of: broker) > first)
        clock.advance(by: .seconds(299))
        broker.tick()
        #expect(broker.holdings.keys == 1)
        clock.advance(by: .seconds(1))
        broker.tick()
        #expect(broker.holdings.keys == 0)
    }

    @Test func refusesMoreKeysThanItCanRemember() async throws {
        let broker = broker { $0.repetitions = 3 }
        let room = try room()
        for number in 0..<3 { _ = try await store(key: "\(number)", in: room, of: broker) }
        await #expect(throws: BrokerError.self) {
            try await broker.append(Message(body: ByteBuffer(), repetitionKey: "3"), to: room)
        }
        #expect(try await read(room, of: broker).entries.count == 3)
        _ = try await store(in: room, of: broker)
        clock.advance(by: .seconds(300))
        _ = try await store(key: "3", in: room, of: broker)
    }

    @Test func tellsTheClockOfMessagesInRoomsNobodyFollows() async throws {
        let broker = broker()
        let position = try await store(in: try room(), of: broker)
        #expect(recorder.record.clock == .zero)
        broker.tick()
        #expect(recorder.record.clock == position)
        let count = recorder.record.count
        broker.tick()
        #expect(recorder.record.count == count)
    }

    @Test func longLogsOfManyRoomsStayWithinTheirLimits() async throws {
        var random = SeededGenerator()
        let broker = broker { $0.history = HistoryLimits(count: 20, age: .seconds(60), bytes: 2000) }
        let rooms = try (0..<8).map { try room("\($0)") }
        var model: [Room: [(position: Position, size: Int)]] = [:]
        for step in 0..<5000 {
            let room = try #require(rooms.randomElement(using: &random))
            switch Int.random(in: 0..<20, using: &random) {
            case 0: clock.advance(by: .seconds(Int.random(in: 0...20, using: &random)))
            case 1: broker.tick()
            case 2: broker.subscribe(room)
            case 3:
                recorder.abandon(room)
                broker.unsubscribe(room)
            default:
                let size = Int.random(in: 1...400, using: &random)
                let position = try await store(String(repeating: "x", count: size), in: room, of: broker)
                var log = model[room, default: []] + [(position, size)]
                while log.count > 20 || log.reduce(0, { $0 + $1.size }) > 2000 { log.removeFirst() }
                model[room] = log
            }
            let oldest = clock.now() - 60_000
            let expected = model[room, default: []].filter { $0.position.milliseconds > oldest }.map(\.position)
            let found = try await read(room, of: broker).entries
            #expect(found.map(\.position) == expected, "seed \(random.seed), step \(step)")
        }
        #expect(recorder.record.violations.isEmpty, "seed \(random.seed)")
    }
}
