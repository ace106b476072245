/// When each message was sent and acknowledged.
struct PublisherLog: Sendable {
    private var sentTimes: [Int64] = []
    private var acknowledgedTimes: [Int64] = []

    /// How many messages were sent; they are numbered from 0.
    var count: Int { sentTimes.count }

    /// Notes the next message; returns its number.
    mutating func sent(at time: Int64) -> Int {
        sentTimes.append(time)
        acknowledgedTimes.append(.max)
        return sentTimes.count - 1
    }

    mutating func acknowledged(_ number: Int, at time: Int64) {
        acknowledgedTimes[number] = time
    }

    func sent(_ number: Int) -> Int64 {
        sentTimes[number]
    }

    func acknowledged(_ number: Int) -> Int64? {
        acknowledgedTimes[number] == .max ? nil : acknowledgedTimes[number]
    }

    func wasAcknowledged(_ number: Int) -> Bool {
        acknowledgedTimes[number] != .max
    }

    /// By room, how many messages were acknowledged.
    func acknowledgedCounts(rooms: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: rooms)
        for number in acknowledgedTimes.indices where wasAcknowledged(number) { counts[number % rooms] += 1 }
        return counts
    }
}
