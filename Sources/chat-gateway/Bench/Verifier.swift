/// Checks, for the listeners of one loop, that each gets each message of its rooms exactly once and in one order.
///
/// The order of a room is the one in which its messages are first seen by any listener; who publishes cannot know it
/// when several do so at once. A message that a listener is the first to see, but behind others in the order, is put
/// where its number says, which is a guess: what contradicts it counts as soon as another listener confirms it.
/// A delivery costs a look-up and a comparison.
struct Verifier: Codable, Sendable {
    /// Messages beyond this number are not verified; memory is bounded by it.
    static let numberLimit = 1 << 24

    private var orders: [[UInt32]]
    /// By message number: its place in its room's order, plus 1; 0: not seen.
    private var ranks: [UInt32] = []
    private(set) var followers: [Follower] = []
    private var members: [[Int]]
    private(set) var found = Verdict()
    /// Messages that stand behind the one before them only by a guess, and how many deliveries contradict that.
    private var doubts: [UInt32: Int] = [:]

    init(rooms: Int) {
        orders = [[UInt32]](repeating: [], count: rooms)
        members = [[Int]](repeating: [], count: rooms)
    }

    /// Takes a listener's part in a room in; returns the name under which its deliveries are reported.
    mutating func follow(room: Int) -> Int {
        followers.append(Follower(room: room))
        members[room].append(followers.count - 1)
        return followers.count - 1
    }

    mutating func ended(_ follower: Int) {
        followers[follower].hasEnded = true
    }

    mutating func resumed(_ follower: Int) {
        followers[follower].hasEnded = false
    }

    /// The listener's stream is opened only now that messages are published: what came before its first is not missing.
    mutating func beginsLate(_ follower: Int, at time: Int64) {
        followers[follower].beginsWithAny = true
        followers[follower].since = time
    }

    mutating func gapTold(_ follower: Int, dataLost: Bool) {
        followers[follower].gapTold(dataLost: dataLost)
    }

    mutating func received(_ number: Int, by follower: Int) {
        guard number < Self.numberLimit else { return }
        if number >= ranks.count { grow(to: number) }
        if followers[follower].beginsWithAny { begin(follower, with: number) }
        if ranks[number] == 0 { firstSeen(number, by: follower) }
        let rank = Int(ranks[number]) - 1
        let next = followers[follower].next
        if rank == next {
            if !doubts.isEmpty, let contradictions = doubts.removeValue(forKey: UInt32(number)) {
                found.reordered += contradictions
            }
            followers[follower].next = next + 1
            followers[follower].gapWasTold = false
        } else if rank > next {
            skipped(next..<rank, by: follower)
        } else {
            cameLate(UInt32(number), to: follower)
        }
    }

    private mutating func begin(_ follower: Int, with number: Int) {
        followers[follower].beginsWithAny = false
        let rank = Int(ranks[number])
        let first = rank > 0 ? rank - 1 : orders[followers[follower].room].count
        followers[follower].next = first
        followers[follower].first = first
    }

    mutating func receivedFromAnotherRoom() {
        found.strayed += 1
    }

    private mutating func grow(to number: Int) {
        let size = max(number + 1, ranks.count * 2, 1024)
        ranks.append(contentsOf: repeatElement(0, count: size - ranks.count))
    }

    private mutating func firstSeen(_ number: Int, by follower: Int) {
        let room = followers[follower].room
        let next = followers[follower].next
        if next == orders[room].count {
            orders[room].append(UInt32(number))
            ranks[number] = UInt32(next + 1)
            return
        }
        let place = orders[room][next...].firstIndex { $0 > number } ?? orders[room].count
        if place > next { doubts[UInt32(number)] = 0 }
        if place < orders[room].count { doubts[orders[room][place]] = 0 }
        orders[room].insert(UInt32(number), at: place)
        for index in place..<orders[room].count {
            ranks[Int(orders[room][index])] = UInt32(index + 1)
        }
        for other in members[room] where other != follower && followers[other].next > place {
            if followers[other].passed(UInt32(number), at: place) { found.told += 1 }
        }
    }

    private mutating func skipped(_ places: Range<Int>, by follower: Int) {
        if followers[follower].gapWasTold {
            found.told += places.count
            followers[follower].gapPlaces = places.lowerBound...places.upperBound
        } else {
            let room = followers[follower].room
            for place in places { followers[follower].misses(orders[room][place]) }
        }
        followers[follower].gapWasTold = false
        followers[follower].next = places.upperBound + 1
    }

    private mutating func cameLate(_ number: UInt32, to follower: Int) {
        if let index = followers[follower].missing.firstIndex(of: number) {
            followers[follower].missing.remove(at: index)
            let passed = orders[followers[follower].room][Int(ranks[Int(number)])..<followers[follower].next]
            if !doubts.isEmpty, let doubtful = passed.first(where: { doubts[$0] != nil }) {
                doubts[doubtful, default: 0] += 1
            } else {
                found.reordered += 1
            }
        } else if followers[follower].mayRepeat {
            found.repeatedAsTold += 1
        } else {
            found.repeated += 1
        }
    }

    func hasSeen(_ number: Int) -> Bool {
        number < ranks.count && ranks[number] != 0
    }

    /// The room's messages in the order in which its listeners here got them.
    func order(ofRoom room: Int) -> [UInt32] {
        orders[room]
    }

    /// Rooms in which a stream opened late.
    var roomsWithLate: Set<Int> { Set(followers.filter { $0.since != nil }.map(\.room)) }

    /// Counts what is missing at the end.
    ///
    /// `unseen` says, by room, how many messages are known to exist that no listener here has seen. Where they belong
    /// is not known: a listener that was told of any gap counts as told of them. For those whose stream opened late,
    /// `sendings` says, by room, when these were sent.
    func verdict(unseen: [Int], sendings: [Int: [Int64]] = [:], isUnfinished: Bool = false) -> Verdict {
        var verdict = found
        for follower in followers {
            verdict.lost += follower.missing.count + follower.missingBeyondLimit
            guard !follower.hasEnded else {
                verdict.expected += follower.next - (follower.first ?? 0)
                continue
            }
            // Which of those that others got it had to get is not known without its first.
            let tail = follower.beginsWithAny ? 0 : orders[follower.room].count - follower.next
            let nowhere =
                follower.since.map { since in sendings[follower.room]?.count { $0 >= since } ?? 0 }
                ?? unseen[follower.room]
            verdict.expected += follower.next - (follower.first ?? 0) + tail + nowhere
            guard !isUnfinished else {
                verdict.unfinished += tail + nowhere
                continue
            }
            if follower.gapWasTold { verdict.told += tail } else { verdict.lost += tail }
            if follower.wasToldOfGap { verdict.told += nowhere } else { verdict.lost += nowhere }
        }
        return verdict
    }
}
