/// How many messages were sent and acknowledged, and of those that are verified when.
struct PublisherLog: Sendable {
    /// How many messages were sent; they are numbered from 0.
    private(set) var count = 0
    /// By room, how many messages were acknowledged.
    private(set) var acknowledgedCounts: [Int]
    private let keepsTimes: Bool
    private var sentTimes: [Int64] = []
    private var acknowledgedTimes: [Int64] = []

    init(rooms: Int, keepsTimes: Bool) {
        acknowledgedCounts = [Int](repeating: 0, count: rooms)
        self.keepsTimes = keepsTimes
    }

    /// How many messages, from 0 on, have their times here.
    var timedCount: Int { sentTimes.count }

    /// Notes the next message; returns its number.
    mutating func sent(at time: Int64) -> Int {
        defer { count += 1 }
        if keepsTimes, count < Verifier.numberLimit {
            sentTimes.append(time)
            acknowledgedTimes.append(.max)
        }
        return count
    }

    mutating func acknowledged(_ number: Int, at time: Int64) {
        acknowledgedCounts[number % acknowledgedCounts.count] += 1
        if number < timedCount { acknowledgedTimes[number] = time }
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
}
