import Testing

@testable import chat_gateway

/// Publishes `count` messages, each acknowledged before the next is sent, and gives two listeners what they get.
private func verdict(_ count: Int, _ first: [Int], _ second: [Int], gapBefore told: Int? = nil) -> Verdict {
    var log = PublisherLog(rooms: 1, keepsTimes: true)
    for number in 0..<count {
        _ = log.sent(at: Int64(number * 10))
        log.acknowledged(number, at: Int64(number * 10 + 5))
    }
    var verifier = Verifier(rooms: 1)
    let names = [verifier.follow(room: 0), verifier.follow(room: 0)]
    for step in 0..<max(first.count, second.count) {
        if step < first.count { verifier.received(first[step], by: names[0]) }
        if step < second.count {
            if second[step] == told { verifier.gapTold(names[1], dataLost: false) }
            verifier.received(second[step], by: names[1])
        }
    }
    return Verification(rooms: 1, published: log).verdict([verifier])
}

@Test("Everybody getting everything once and in order is clean")
func everythingOnceAndInOrderIsClean() {
    let result = verdict(4, [0, 1, 2, 3], [0, 1, 2, 3])
    #expect(result == Verdict(expected: 8))
    #expect(result.isClean)
}

@Test("A message that one listener does not get is lost", arguments: [[1, 2, 3], [0, 2, 3], [0, 1, 2]])
func messageThatOneListenerDoesNotGetIsLost(got: [Int]) {
    #expect(verdict(4, [0, 1, 2, 3], got) == Verdict(expected: 8, lost: 1))
    #expect(verdict(4, got, [0, 1, 2, 3]) == Verdict(expected: 8, lost: 1))
}

@Test("A message that nobody gets is lost to all")
func messageThatNobodyGetsIsLostToAll() {
    #expect(verdict(4, [0, 1, 3], [0, 1, 3]) == Verdict(expected: 8, lost: 2))
    #expect(verdict(4, [], []) == Verdict(expected: 8, lost: 8))
}

@Test("A message that comes again is a repeat")
func messageThatComesAgainIsARepeat() {
    #expect(verdict(3, [0, 1, 2], [0, 1, 1, 2]) == Verdict(expected: 6, repeated: 1))
    #expect(verdict(3, [0, 1, 2], [0, 1, 2, 0]) == Verdict(expected: 6, repeated: 1))
}

@Test("Two messages that one listener gets the other way round are reordered")
func twoMessagesTheOtherWayRoundAreReordered() {
    let result = verdict(4, [0, 1, 2, 3], [0, 2, 1, 3])
    #expect(result == Verdict(expected: 8, reordered: 1))
    #expect(!result.isClean)
}

@Test("Two messages that all listeners get the other way round contradict the acknowledgements")
func sameSwapForAllContradictsTheAcknowledgements() {
    #expect(verdict(4, [0, 2, 1, 3], [0, 2, 1, 3]) == Verdict(expected: 8, misordered: 1))
}

@Test("Messages sent at once may come in any order that is the same for all")
func messagesSentAtOnceMayComeInAnyOrder() {
    var log = PublisherLog(rooms: 1, keepsTimes: true)
    for _ in 0..<2 { _ = log.sent(at: 0) }
    for number in 0..<2 { log.acknowledged(number, at: 5) }
    var verifier = Verifier(rooms: 1)
    let name = verifier.follow(room: 0)
    verifier.received(1, by: name)
    verifier.received(0, by: name)
    #expect(Verification(rooms: 1, published: log).verdict([verifier]) == Verdict(expected: 2))
}

@Test("Messages that are missing where a gap was told are not lost")
func messagesMissingWhereAGapWasToldAreNotLost() {
    #expect(verdict(4, [0, 1, 2, 3], [0, 3], gapBefore: 3) == Verdict(expected: 8, told: 2))
    #expect(verdict(4, [0], [0, 3], gapBefore: 3).told == 2)
    #expect(verdict(5, [0, 1, 2, 3, 4], [0, 2, 4], gapBefore: 4) == Verdict(expected: 10, lost: 1, told: 1))
}

@Test("A gap is found as told even where the others get the messages later")
func gapIsToldEvenWhereOthersGetTheMessagesLater() {
    #expect(verdict(4, [3], [0, 1, 2, 3]).lost == 3)
    var verifier = Verifier(rooms: 1)
    let early = verifier.follow(room: 0)
    let late = verifier.follow(room: 0)
    for name in [early, late] { verifier.received(0, by: name) }
    verifier.gapTold(early, dataLost: false)
    for number in [3, 4] { verifier.received(number, by: early) }
    for number in [1, 2, 3, 4] { verifier.received(number, by: late) }
    #expect(verifier.verdict(unseen: [0]) == Verdict(expected: 10, told: 2))
}

@Test("Orders of two loops that differ are misordered")
func ordersOfTwoLoopsThatDifferAreMisordered() {
    #expect(Verification.differences([0, 1, 2, 3], [0, 1, 3]) == 0)
    #expect(Verification.differences([0, 1, 2, 3], [0, 2, 1, 3]) == 2)
}

@Test("Where the first of two messages sent at once is lost to one listener, the others' order is not doubted")
func orderIsNotDoubtedWhereOneListenerLosesAMessage() {
    for got in [[4], [5]] {
        var verifier = Verifier(rooms: 1)
        let names = (0..<3).map { _ in verifier.follow(room: 0) }
        for number in got + [6] { verifier.received(number, by: names[0]) }
        for name in names[1...] {
            for number in [5, 4, 6] { verifier.received(number, by: name) }
        }
        #expect(verifier.verdict(unseen: [0]) == Verdict(expected: 9, lost: 1))
    }
}

@Test("What is still coming when the run ends is not lost, what is missing before it is")
func whatIsStillComingIsNotLost() {
    var verifier = Verifier(rooms: 1)
    let names = [verifier.follow(room: 0), verifier.follow(room: 0)]
    for number in 0..<4 { verifier.received(number, by: names[0]) }
    for number in [0, 2] { verifier.received(number, by: names[1]) }
    #expect(verifier.verdict(unseen: [1], isUnfinished: true) == Verdict(expected: 10, lost: 1, unfinished: 3))
}

@Test("What came before the first message of a stream that opened late is not missing, what came after is")
func lateStreamMissesOnlyWhatFollows() {
    var verifier = Verifier(rooms: 1)
    let early = verifier.follow(room: 0)
    let late = [verifier.follow(room: 0), verifier.follow(room: 0)]
    for name in late { verifier.beginsLate(name, at: 100) }
    for number in [0, 1, 3] { verifier.received(number, by: early) }
    for number in [1, 3, 5] { verifier.received(number, by: late[0]) }
    // Where it belongs is known only now: before the late one's first.
    verifier.received(5, by: early)
    #expect(verifier.verdict(unseen: [0]) == Verdict(expected: 4 + 3))
    verifier.received(6, by: early)
    #expect(verifier.verdict(unseen: [0]) == Verdict(expected: 5 + 4, lost: 1))
    // Of three that nobody got, one was sent after the late ones had opened.
    let found = verifier.verdict(unseen: [3], sendings: [0: [10, 99, 100]])
    #expect(found == Verdict(expected: 8 + 5 + 1, lost: 3 + 2 + 1))
    verifier.received(6, by: late[1])
    #expect(verifier.verdict(unseen: [0]) == Verdict(expected: 5 + 4 + 1, lost: 1))
    #expect(verifier.roomsWithLate == [0])
}

@Test("Beyond what is kept of a long run, nothing is verified and nothing is counted as lost")
func longRunIsVerifiedAsFarAsItIsKept() {
    var log = PublisherLog(rooms: 2, keepsTimes: true)
    for number in 0..<Verifier.numberLimit + 2 {
        _ = log.sent(at: 0)
        log.acknowledged(number, at: 0)
    }
    #expect(log.count == Verifier.numberLimit + 2)
    #expect(log.timedCount == Verifier.numberLimit)
    #expect(log.acknowledgedCounts == [Verifier.numberLimit / 2 + 1, Verifier.numberLimit / 2 + 1])
    var verifier = Verifier(rooms: 2)
    let name = verifier.follow(room: 0)
    verifier.received(Verifier.numberLimit, by: name)
    #expect(!verifier.hasSeen(Verifier.numberLimit))
}

@Test("A stream that ended is not expected to have got what came after")
func streamThatEndedIsNotExpectedToHaveMore() {
    var verifier = Verifier(rooms: 1)
    let short = verifier.follow(room: 0)
    let whole = verifier.follow(room: 0)
    verifier.received(0, by: short)
    verifier.ended(short)
    for number in 0..<3 { verifier.received(number, by: whole) }
    #expect(verifier.verdict(unseen: [0]) == Verdict(expected: 4))
}
