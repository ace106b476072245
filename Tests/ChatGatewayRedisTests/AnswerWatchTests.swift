import Testing

@testable import ChatGatewayRedis

@Suite struct AnswerWatchTests {
    @Test func aLinkIsOverdueWhenNothingWasAnsweredForSoManyTicks() {
        var watch = AnswerWatch(limit: 3)
        for _ in 0..<3 { #expect(watch.ticked { $0 == .pages } == nil) }
        #expect(watch.ticked { $0 == .pages } == .pages)
    }

    @Test func everyAnswerGivesTheFullTimeAgain() {
        var watch = AnswerWatch(limit: 3)
        for _ in 0..<5 {
            for _ in 0..<3 { #expect(watch.ticked { _ in true } == nil) }
            for link in Link.allCases { watch.answered(link) }
        }
        for _ in 0..<3 { #expect(watch.ticked { _ in true } == nil) }
        watch.reset()
        for _ in 0..<3 { #expect(watch.ticked { _ in true } == nil) }
    }

    @Test func whoIsAskedNothingMayBeSilent() {
        var watch = AnswerWatch(limit: 3)
        for _ in 0..<10 { #expect(watch.ticked { _ in false } == nil) }
        for _ in 0..<2 { #expect(watch.ticked { _ in true } == nil) }
        #expect(watch.ticked { _ in false } == nil)
        for _ in 0..<3 { #expect(watch.ticked { _ in true } == nil) }
    }
}
