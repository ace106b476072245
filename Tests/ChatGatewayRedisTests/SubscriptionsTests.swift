import ChatGateway
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite struct SubscriptionsTests {
    private let a: Room
    private let b: Room
    private let epoch: Epoch

    init() throws {
        a = try #require(Room("a"))
        b = try #require(Room("b"))
        epoch = try #require(Epoch("e1"))
    }

    private func position(_ number: Int) -> Position {
        Position(milliseconds: UInt64(number), sequence: 0)
    }

    private func entry(_ number: Int, after previous: Int, isBound: Bool = false) -> Entry {
        Entry(
            position: position(number),
            previous: position(previous),
            previousIsBound: isBound,
            body: ByteBuffer(string: "\(number)")
        )
    }

    private func standing(_ top: Int) -> Standing {
        Standing(timeline: Timeline(epoch: epoch), top: position(top))
    }

    private func part(_ last: Int, _ entries: Entry..., hasMore: Bool = false) -> ReadScript.Part {
        ReadScript.Part(last: position(last), hasMore: hasMore, entries: entries)
    }

    /// A node whose room `a` is whole up to 10, its last message being that at 5.
    private func whole(limits: Subscriptions.Limits = .init()) -> Subscriptions {
        var state = Subscriptions(limits: limits)
        #expect(state.linksCameUp(standing(1)) == [.tell(.timeline(Timeline(epoch: epoch)))])
        #expect(state.wanted(a) == .subscribe([a]))
        #expect(state.confirmed(a) == [])
        #expect(state.settled() == [.read(mark: 1, [.init(room: a, after: nil)])])
        #expect(state.marked(1, epoch: epoch, top: position(10)) == [.tell(.clock(position(10)))])
        #expect(
            state.readAnswered(mark: 1, standing(10), [part(5)]) == [
                .tell(.read(a, entries: [], restart: position(5))),
                .tell(.whole(a, clock: position(10))),
            ]
        )
        return state
    }

    @Test func aRoomIsWholeOnceConfirmedReadAndMarked() {
        var state = whole()
        let next = entry(11, after: 5)
        #expect(state.messageArrived(next, epoch: epoch, in: a) == .tell(.message(a, next)))
        #expect(state.clock == position(11) && state.received == position(11))
    }

    @Test func onlyTheLastOfSeveralConfirmationsCounts() {
        var state = Subscriptions()
        _ = state.linksCameUp(standing(1))
        #expect(state.wanted(a) == .subscribe([a]))
        #expect(state.unwanted(a) == .unsubscribe(a))
        #expect(state.wanted(a) == .subscribe([a]))
        #expect(state.confirmed(a) == [])
        #expect(state.settled() == [])
        #expect(state.confirmed(a) == [])
        #expect(state.settled() == [.read(mark: 1, [.init(room: a, after: nil)])])
    }

    @Test func theReplyMayComeBeforeTheMark() {
        var state = Subscriptions()
        _ = state.linksCameUp(standing(1))
        _ = state.wanted(a)
        _ = state.confirmed(a)
        _ = state.settled()
        #expect(
            state.readAnswered(mark: 1, standing(10), [part(5)])
                == [.tell(.read(a, entries: [], restart: position(5)))]
        )
        // This one is in the read.
        #expect(state.messageArrived(entry(5, after: 3), epoch: epoch, in: a) == nil)
        #expect(
            state.marked(1, epoch: epoch, top: position(10))
                == [.tell(.clock(position(10))), .tell(.whole(a, clock: position(10)))]
        )
    }

    @Test func whatComesBetweenMarkAndReplyWaits() {
        var state = Subscriptions()
        _ = state.linksCameUp(standing(1))
        _ = state.wanted(a)
        _ = state.confirmed(a)
        _ = state.settled()
        _ = state.marked(1, epoch: epoch, top: position(10))
        #expect(state.messageArrived(entry(11, after: 5), epoch: epoch, in: a) == nil)
        #expect(state.messageArrived(entry(12, after: 11), epoch: epoch, in: a) == nil)
        #expect(
            state.readAnswered(mark: 1, standing(10), [part(5)]) == [
                .tell(.read(a, entries: [], restart: position(5))),
                .tell(.read(a, entries: [entry(11, after: 5), entry(12, after: 11)], restart: nil)),
                .tell(.whole(a, clock: position(12))),
            ]
        )
    }

    @Test func whenTooMuchWaitsTheRoomIsReadAgain() {
        var state = Subscriptions(limits: .init(waiting: 300))
        _ = state.linksCameUp(standing(1))
        _ = state.wanted(a)
        _ = state.confirmed(a)
        _ = state.settled()
        _ = state.marked(1, epoch: epoch, top: position(10))
        for number in 11...14 { _ = state.messageArrived(entry(number, after: number - 1), epoch: epoch, in: a) }
        #expect(
            state.readAnswered(mark: 1, standing(10), [part(10)])
                == [.tell(.read(a, entries: [], restart: position(10)))]
        )
        #expect(state.settled() == [.read(mark: 2, [.init(room: a, after: position(10))])])
    }

    @Test func aRoomThatDidNotFitIsReadAgain() {
        var state = whole()
        #expect(state.linksWentDown() == [.tell(.stalled)])
        #expect(state.linksCameUp(standing(20)) == [.subscribe([a])])
        _ = state.confirmed(a)
        #expect(state.settled() == [.read(mark: 2, [.init(room: a, after: position(5))])])
        _ = state.marked(2, epoch: epoch, top: position(30))
        #expect(
            state.readAnswered(mark: 2, standing(30), [part(25, entry(15, after: 5), hasMore: true)])
                == [.tell(.read(a, entries: [entry(15, after: 5)], restart: nil))]
        )
        #expect(state.settled() == [.read(mark: 3, [.init(room: a, after: position(15))])])
        _ = state.marked(3, epoch: epoch, top: position(31))
        #expect(
            state.readAnswered(mark: 3, standing(31), [part(25, entry(25, after: 15))]) == [
                .tell(.read(a, entries: [entry(25, after: 15)], restart: nil)),
                .tell(.whole(a, clock: position(31))),
            ]
        )
    }

    @Test func aReadThatDoesNotChainBeginsTheRoomAnew() {
        for (given, restart) in [(part(25, entry(25, after: 20)), 20), (part(25), 25)] {
            var state = whole()
            _ = state.linksWentDown()
            _ = state.linksCameUp(standing(20))
            _ = state.confirmed(a)
            _ = state.settled()
            #expect(
                state.readAnswered(mark: 2, standing(30), [given])
                    == [.tell(.read(a, entries: given.entries, restart: position(restart)))]
            )
        }
    }

    @Test func aRepeatIsDroppedAndAHoleDropsTheLinks() {
        var state = whole()
        #expect(state.messageArrived(entry(5, after: 3), epoch: epoch, in: a) == nil)
        #expect(state.messageArrived(entry(12, after: 11), epoch: epoch, in: a) == .drop("a hole in a room"))
    }

    @Test func aBoundIsNoHole() {
        var state = whole()
        #expect(
            state.messageArrived(entry(12, after: 11, isBound: true), epoch: epoch, in: a)
                == .tell(.message(a, entry(12, after: 5)))
        )
    }

    @Test func anotherEpochInAnythingDropsTheLinks() throws {
        let other = try #require(Epoch("e2"))
        var state = whole()
        #expect(state.messageArrived(entry(12, after: 5), epoch: other, in: a) == .drop("another epoch"))
        #expect(state.messageArrived(entry(12, after: 5), epoch: other, in: b) == .drop("another epoch"))
        #expect(state.probeArrived(epoch: other, top: position(12)) == .drop("another epoch"))
        #expect(state.marked(9, epoch: other, top: position(12)) == [.drop("another epoch")])
        #expect(state.saw(other, position(12)) == .drop("another epoch"))
        #expect(state.received == position(10))
    }

    @Test func aProbeMovesTheClock() {
        var state = whole()
        #expect(state.probeArrived(epoch: epoch, top: position(20)) == .tell(.clock(position(20))))
        #expect(state.probeArrived(epoch: epoch, top: position(20)) == nil)
        #expect(state.receivedCursor == Cursor(epoch: epoch, position: position(20)))
    }

    @Test func aKeptSeamIsCrossedInSilence() throws {
        var state = whole()
        _ = state.linksWentDown()
        let seam = Seam(epoch: epoch, top: position(15), isKept: true)
        let timeline = Timeline(epoch: try #require(Epoch("e2")), seams: [seam])
        #expect(
            state.linksCameUp(Standing(timeline: timeline, top: position(16)))
                == [.tell(.timeline(timeline)), .subscribe([a])]
        )
        _ = state.confirmed(a)
        #expect(state.settled() == [.read(mark: 2, [.init(room: a, after: position(5))])])
        #expect(state.clock == position(10) && state.received == position(16))
    }

    @Test(arguments: [Seam(epoch: Epoch("e1"), top: 7, isKept: true), Seam(epoch: Epoch("e9"), top: 7, isKept: true)])
    func aLossVoidsWhatIsKnown(seam: Seam) throws {
        var state = whole()
        _ = state.linksWentDown()
        let timeline = Timeline(epoch: try #require(Epoch("e2")), seams: [seam])
        _ = state.linksCameUp(Standing(timeline: timeline, top: position(16)))
        #expect(state.clock == (seam.epoch == epoch ? position(7) : .zero))
        _ = state.confirmed(a)
        #expect(state.settled() == [.read(mark: 2, [.init(room: a, after: nil)])])
        #expect(
            state.readAnswered(mark: 2, Standing(timeline: timeline, top: position(20)), [part(6)])
                == [.tell(.read(a, entries: [], restart: position(6)))]
        )
    }

    @Test func manyRoomsAreReadTogetherAndNotTooManyReadsAtATime() throws {
        let rooms = try (0..<10).map { try #require(Room("room\($0)")) }
        var state = Subscriptions(limits: .init(reads: 2, roomsPerRead: 4))
        _ = state.linksCameUp(standing(1))
        for room in rooms {
            _ = state.wanted(room)
            _ = state.confirmed(room)
        }
        let reads = state.settled()
        #expect(
            reads == [
                .read(mark: 1, rooms[0..<4].map { .init(room: $0, after: nil) }),
                .read(mark: 2, rooms[4..<8].map { .init(room: $0, after: nil) }),
            ]
        )
        #expect(state.settled() == [])
        _ = state.marked(1, epoch: epoch, top: position(2))
        _ = state.readAnswered(mark: 1, standing(2), Array(repeating: part(1), count: 4))
        #expect(state.settled() == [.read(mark: 3, rooms[8...].map { .init(room: $0, after: nil) })])
    }

    @Test func aRoomThatWasLeftDuringItsReadIsNotToldOf() {
        var state = whole()
        _ = state.wanted(b)
        _ = state.confirmed(b)
        _ = state.settled()
        _ = state.unwanted(b)
        _ = state.wanted(b)
        #expect(state.readAnswered(mark: 2, standing(20), [part(3)]) == [])
        #expect(state.marked(2, epoch: epoch, top: position(20)) == [.tell(.clock(position(20)))])
    }

    @Test func aReplyWithPartsMissingDropsTheLinks() {
        var state = whole()
        _ = state.wanted(b)
        _ = state.confirmed(b)
        _ = state.settled()
        #expect(state.readAnswered(mark: 2, standing(20), []) == [.drop("a read with parts missing")])
    }
}

extension Seam {
    fileprivate init(epoch: Epoch?, top: UInt64, isKept: Bool) {
        self.init(epoch: epoch ?? .random(), top: Position(milliseconds: top, sequence: 0), isKept: isKept)
    }
}
