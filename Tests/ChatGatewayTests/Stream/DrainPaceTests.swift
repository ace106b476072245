import NIOCore
import Testing

@testable import ChatGateway

@Suite struct DrainPaceTests {
    @Test func `streams go evenly until the time is over`() {
        let pace = DrainPace(count: 3_000, duration: .seconds(8))
        var before = pace.count
        for second in 1...8 as ClosedRange<Int64> {
            let left = pace.remaining(after: .seconds(second))
            #expect(before - left == 375)
            before = left
        }
        #expect(before == 0)
    }

    @Test(arguments: [0, 1, 7, 100])
    func `few streams are spread as well as many, and none is left`(count: Int) {
        let pace = DrainPace(count: count, duration: .seconds(2))
        #expect(pace.remaining(after: .zero) == count)
        #expect(pace.remaining(after: .seconds(1)) == (count + 1) / 2)
        #expect(pace.remaining(after: .seconds(2)) == 0)
        #expect(pace.remaining(after: .seconds(9)) == 0)
    }

    @Test func `without time all go at once`() {
        #expect(DrainPace(count: 5, duration: .zero).remaining(after: .zero) == 0)
    }
}
