import Testing

@testable import ChatGatewayClient

@Suite struct ReconnectionTests {
    @Test func `the first attempt is made at once`() {
        #expect(Reconnection().step == .connect(after: 0))
    }

    @Test(
        arguments: [
            (200, true, .read), (200, false, .refused(200)), (204, true, .end), (204, false, .end),
            (301, false, .refused(301)),
            (400, false, .refused(400)), (401, false, .refused(401)), (403, true, .refused(403)),
            (404, false, .refused(404)), (408, false, .connect(after: 1000)), (429, false, .connect(after: 1000)),
            (500, false, .connect(after: 1000)), (503, false, .connect(after: 1000)),
        ] as [(Int, Bool, Reconnection.Step)]
    )
    func `the status decides`(status: Int, isEventStream: Bool, step: Reconnection.Step) {
        var plan = Reconnection()
        plan.answered(status: status, isEventStream: isEventStream, jitter: 1)
        #expect(plan.step == step)
    }

    @Test func `a stream that ends is asked for again, a little later than the gateway says`() {
        for (jitter, wait) in [(0.0, 1_000), (1.0, 1_250)] {
            var plan = Reconnection()
            plan.answered(status: 200, isEventStream: true, jitter: 0)
            plan.told(retry: 1_000)
            plan.becameReady()
            plan.ended(jitter: jitter)
            #expect(plan.step == .connect(after: wait))
        }
    }

    @Test func `no gateway makes a client wait for more than a minute`() {
        var plan = Reconnection()
        plan.told(retry: .max)
        plan.becameReady()
        plan.ended(jitter: 1)
        #expect(plan.step == .connect(after: 60_000))
    }

    @Test func `waits get longer while nothing works, and short again when something does`() {
        var plan = Reconnection()
        let waits = (0..<9)
            .map { _ in
                plan.failed(jitter: 1)
                return plan.step
            }
        #expect(waits == [1, 2, 4, 8, 16, 32, 32, 32, 32].map { .connect(after: $0 * 1_000) })
        plan.failed(jitter: 0)
        #expect(plan.step == .connect(after: 16_000))
        plan.becameReady()
        plan.failed(jitter: 1)
        #expect(plan.step == .connect(after: 1_000))
    }

    @Test func `streams that end before they are ready are failures, whatever they say of waiting`() {
        var plan = Reconnection()
        let waits = (0..<3)
            .map { _ in
                plan.answered(status: 200, isEventStream: true, jitter: 1)
                plan.told(retry: 0)
                plan.ended(jitter: 1)
                return plan.step
            }
        #expect(waits == [1, 2, 4].map { .connect(after: $0 * 1_000) })
        plan.answered(status: 200, isEventStream: true, jitter: 1)
        plan.becameReady()
        plan.ended(jitter: 1)
        #expect(plan.step == .connect(after: 0))
        plan.answered(status: 200, isEventStream: true, jitter: 1)
        plan.ended(jitter: 1)
        #expect(plan.step == .connect(after: 1_000))
    }

    @Test func `a refusal that says good-bye says when to come back`() {
        var plan = Reconnection()
        plan.answered(status: 200, isEventStream: true, jitter: 1)
        plan.told(retry: 7_000)
        plan.saidGoodbye(reconnect: true)
        plan.ended(jitter: 0)
        #expect(plan.step == .connect(after: 7_000))
    }

    @Test func `after a good-bye for good nobody comes back`() {
        for reconnect in [true, false] {
            var plan = Reconnection()
            plan.saidGoodbye(reconnect: reconnect)
            plan.ended(jitter: 0)
            #expect((plan.step == .end) == !reconnect)
        }
    }
}
