import Testing

@testable import ChatGateway

@Suite struct LatencyTallyTests {
    private func tally(_ values: [UInt64]) -> LatencyTally {
        var tally = LatencyTally()
        for value in values { tally.add(milliseconds: value) }
        return tally
    }

    @Test func `of nothing there is no quantile`() {
        #expect(LatencyTally().quantile(0.5) == nil)
    }

    @Test func `below 16 ms a quantile is exact`() {
        let values = tally((0..<100).map { $0 % 10 })
        #expect(values.quantile(0.5) == 4)
        #expect(values.quantile(0.99) == 9)
        #expect(values.quantile(0) == 0)
    }

    @Test(arguments: [16, 17, 31, 32, 63, 100, 999, 12_345, 600_000, 1_048_575] as [UInt64])
    func `beyond it is never below the value, and above by an eighth at most`(value: UInt64) throws {
        let told = try #require(tally([value]).quantile(0.99))
        #expect(told >= value && told <= value + value / 8)
    }

    @Test func `what is longer than the longest counts as that`() {
        #expect(tally([.max]).quantile(0.5) == 1_048_575)
    }

    @Test func `one value in a hundred is not in the 99th percentile, two are`() {
        #expect(tally([UInt64](repeating: 1, count: 99) + [900]).quantile(0.99) == 1)
        #expect(tally([UInt64](repeating: 1, count: 98) + [15, 15]).quantile(0.99) == 15)
    }

    @Test func `what was counted since an earlier state leaves that out`() {
        var later = tally([3, 3, 700])
        let earlier = later
        later.add(milliseconds: 5)
        #expect(later.since(earlier) == tally([5]))
        var sum = tally([5])
        sum.add(earlier)
        #expect(sum == later)
    }
}
