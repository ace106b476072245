import Testing

@testable import ChatGateway

@Suite struct LowestTests {
    @Test(arguments: [1, 2, 7, 100, 1_000])
    func `the lowest are kept in order, whatever comes first`(limit: Int) {
        var generator = SystemRandomNumberGenerator()
        let numbers = (0..<500).map { _ in UInt64.random(in: 0...10_000, using: &generator) }
        var lowest = Lowest<UInt64, String>(limit: limit)
        for number in numbers { lowest.add(number, "\(number)") }
        #expect(lowest.sorted == numbers.sorted().prefix(limit).map { "\($0)" })
    }
}
