import ChatGateway
import ChatGatewayTesting
import NIOCore
import Testing

/// That the judge of brokers sees what is wrong.
@Suite struct EventRecordTests {
    private let epoch = Timeline(epoch: .random())

    private func room(_ name: String = "r") throws -> Room { try #require(Room(name)) }

    private func at(_ number: UInt64) -> Position { Position(milliseconds: number, sequence: 0) }

    private func entry(_ number: UInt64, behind previous: UInt64, isBound: Bool = false) -> Entry {
        Entry(position: at(number), previous: at(previous), previousIsBound: isBound, body: ByteBuffer())
    }

    private func record(_ events: [BrokerEvent], isWhole: Bool = true) throws -> EventRecord {
        let recorder = EventRecorder()
        let beginning: [BrokerEvent] = [
            .timeline(epoch), .read(try room(), entries: [entry(3, behind: 2)], restart: at(2)),
            .whole(try room(), clock: at(5)),
        ]
        for event in beginning.prefix(isWhole ? 3 : 1) + events { recorder.receive(event) }
        return recorder.record
    }

    @Test func findsNothingWrongWithARoomsLife() throws {
        let room = try room()
        let record = try record([
            .message(room, entry(6, behind: 3)), .message(room, entry(7, behind: 6)), .clock(at(9)),
            .message(room, entry(12, behind: 8, isBound: true)), .stalled,
            .read(room, entries: [entry(13, behind: 12)], restart: nil), .read(room, entries: [], restart: nil),
            .whole(room, clock: at(20)), .message(room, entry(21, behind: 13)), .stalled,
            .timeline(Timeline(epoch: .random())), .read(room, entries: [], restart: at(2)),
            .whole(room, clock: at(4)), .message(room, entry(5, behind: 2)),
        ])
        #expect(record.violations.isEmpty)
        #expect(record.entries(of: room).map(\.position) == [at(5)])
        #expect(record.rooms[room]?.restart == at(2))
        #expect(record.stalls == 2)
        #expect(record.timelines.count == 2)
    }

    private static let faults = [
        "lost", "repeated", "swapped", "before the clock", "not whole", "lost in a reading", "whole unread",
        "whole twice",
        "clock back", "whole back", "whole before its end", "read while whole", "timeline while whole",
        "chained to itself",
        "lost behind a stall",
    ]

    @Test(arguments: faults)
    func findsWhatIsWrong(fault: String) throws {
        let room = try room()
        let events: [BrokerEvent] =
            switch fault {
            case "lost": [.message(room, entry(7, behind: 6))]
            case "repeated": [.message(room, entry(6, behind: 3)), .message(room, entry(6, behind: 3))]
            case "swapped": [.message(room, entry(7, behind: 6)), .message(room, entry(6, behind: 3))]
            case "before the clock": [.message(room, entry(4, behind: 3))]
            case "not whole": [.stalled, .message(room, entry(6, behind: 3))]
            case "lost in a reading": [.stalled, .read(room, entries: [entry(7, behind: 6)], restart: nil)]
            case "whole unread": [.stalled, .whole(room, clock: at(6))]
            case "whole twice": [.whole(room, clock: at(6))]
            case "clock back": [.clock(at(4))]
            case "whole back":
                [.clock(at(9)), .stalled, .read(room, entries: [], restart: nil), .whole(room, clock: at(8))]
            case "whole before its end":
                [.stalled, .read(room, entries: [entry(7, behind: 3)], restart: nil), .whole(room, clock: at(6))]
            case "read while whole": [.read(room, entries: [], restart: at(3))]
            case "timeline while whole": [.timeline(epoch)]
            case "chained to itself": [.message(room, entry(6, behind: 6, isBound: true))]
            default:
                [
                    .stalled, .read(room, entries: [], restart: nil), .whole(room, clock: at(9)),
                    .message(room, entry(10, behind: 7)),
                ]
            }
        #expect(try !record(events).violations.isEmpty)
    }

    @Test func expectsATimelineFirstAndAReadingWithRestartSecond() throws {
        let recorder = EventRecorder()
        recorder.receive(.clock(at(1)))
        #expect(recorder.record.violations.count == 1)
        #expect(try !record([.read(try room(), entries: [], restart: nil)], isWhole: false).violations.isEmpty)
        #expect(try !record([.message(try room(), entry(1, behind: 0))], isWhole: false).violations.isEmpty)
    }

    @Test func waitingEndsWithTheEventOrTheTime() async throws {
        let recorder = EventRecorder()
        let (position, timeline) = (at(7), epoch)
        async let waited = recorder.wait(for: "the clock") { $0.clock == position }
        recorder.receive(.timeline(timeline))
        recorder.receive(.clock(position))
        #expect(try await waited.clock == position)
        await #expect(throws: ConformanceFailure.self) {
            try await recorder.wait(for: "nothing", within: .milliseconds(1)) { $0.stalls > 0 }
        }
    }
}
