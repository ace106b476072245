import ChatGatewayTesting
import Synchronization
import Testing

@testable import ChatGateway

@Suite struct BarsTests {
    private let elapsed = Elapsed()
    private var bars: Bars { Bars(clock: clock) }
    private var clock: @Sendable () -> Bars.Instant {
        let start = Bars.Instant.now
        return { [elapsed] in start + elapsed.time }
    }

    @Test func `a bar lasts its time, can be replaced and lifted`() {
        let bars = bars
        bars.set("ann", for: .seconds(10))
        #expect(bars.contains("ann") && !bars.contains("bob"))
        elapsed.time = .seconds(9)
        #expect(bars.contains("ann"))
        bars.set("ann", for: .seconds(2))
        elapsed.time = .seconds(11)
        #expect(!bars.contains("ann"))
        bars.set("ann", for: .seconds(100))
        bars.set("ann", for: .zero)
        #expect(!bars.contains("ann"))
        #expect(bars.count == 0)
    }

    @Test func `what all nodes know takes the place of what one knew, and tells who is new`() {
        let bars = bars
        bars.set("ann", for: .seconds(10))
        bars.set("bob", for: .seconds(10))
        let known = [Bar(user: "bob", rest: .seconds(5)), Bar(user: "eve", rest: .seconds(5))]
        #expect(bars.replace(with: known, changes: bars.changes) == ["eve"])
        #expect(!bars.contains("ann") && bars.contains("bob") && bars.contains("eve"))
    }

    @Test func `a list from before a change takes nothing back`() {
        let bars = bars
        bars.set("bob", for: .seconds(10))
        let changes = bars.changes
        bars.set("ann", for: .seconds(10))
        bars.set("bob", for: .zero)
        #expect(bars.replace(with: [Bar(user: "bob", rest: .seconds(5))], changes: changes) == nil)
        #expect(bars.contains("ann") && !bars.contains("bob"))
    }

    @Test func `names that only look the same are two`() {
        let bars = bars
        bars.set("Ren\u{e9}", for: .seconds(10))
        #expect(bars.contains("Ren\u{e9}") && !bars.contains("Rene\u{301}"))
        bars.set("Rene\u{301}", for: .zero)
        #expect(bars.contains("Ren\u{e9}"))
    }

    @Test func `there are never more bars than may be`() {
        let bars = bars
        bars.set("first", for: .seconds(1))
        for index in 0..<Bar.limit { bars.set("\(index)", for: .seconds(60)) }
        #expect(bars.count == Bar.limit)
        #expect(!bars.contains("first"))
    }
}

private final class Elapsed: Sendable {
    private let value = Mutex(Duration.zero)
    var time: Duration {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
