/// Puts what all loops saw and what the publisher knows together.
struct Verification {
    let rooms: Int
    let published: PublisherLog
    /// Whether the run was ended while messages were still coming.
    var isUnfinished = false

    func verdict(_ verifiers: [Verifier]) -> Verdict {
        var total = Verdict()
        let known = (0..<published.timedCount)
            .map { number in
                published.wasAcknowledged(number) || verifiers.contains { $0.hasSeen(number) }
            }
        for verifier in verifiers {
            var unseen = [Int](repeating: 0, count: rooms)
            var sendings: [Int: [Int64]] = [:]
            let withLate = verifier.roomsWithLate
            for number in known.indices where known[number] && !verifier.hasSeen(number) {
                let room = number % rooms
                unseen[room] += 1
                if withLate.contains(room) { sendings[room, default: []].append(published.sent(number)) }
            }
            total.add(verifier.verdict(unseen: unseen, sendings: sendings, isUnfinished: isUnfinished))
        }
        for room in 0..<rooms {
            let orders = verifiers.map { $0.order(ofRoom: room) }
            for order in orders { total.misordered += contradictions(order) }
            for order in orders.dropFirst() { total.misordered += Self.differences(orders[0], order) }
        }
        return total
    }

    /// How many messages stand behind one that was sent only after they had been acknowledged.
    private func contradictions(_ order: [UInt32]) -> Int {
        var latestSending = Int64.min
        var count = 0
        for number in order where Int(number) < published.timedCount {
            if let acknowledged = published.acknowledged(Int(number)), acknowledged < latestSending { count += 1 }
            latestSending = max(latestSending, published.sent(Int(number)))
        }
        return count
    }

    /// How many of the messages that both have stand elsewhere than in the first.
    static func differences(_ first: [UInt32], _ second: [UInt32]) -> Int {
        let inFirst = Set(first)
        let common = second.filter(inFirst.contains)
        let inSecond = Set(common)
        return zip(first.filter(inSecond.contains), common).count { $0 != $1 }
    }
}
