import Testing

@testable import ChatGatewayRedis

@Suite struct LinksStateTests {
    private let start = ContinuousClock.now
    private let greeting = Greeting(run: "r1", isMaster: true)

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    /// Links that are up, with the first probe sent at 0 and nothing of it arrived yet.
    private func up() -> LinksState {
        var state = LinksState()
        #expect(state.started(now: start) == .open)
        #expect(state.greeted(.commands, greeting, now: start, jitter: 0) == .none)
        #expect(state.greeted(.subscription, greeting, now: start, jitter: 0) == .none)
        #expect(state.greeted(.pages, greeting, now: start, jitter: 0) == .probe(serial: 1, run: "r1"))
        #expect(!state.isUp)
        #expect(state.probed() == .announce)
        #expect(state.isUp && state.run == "r1")
        return state
    }

    /// Lets time pass in steps of 50 ms; returns the first action and when it came.
    private func wait(_ state: inout LinksState, from: Int, to: Int) -> (action: LinksState.Action, at: Int)? {
        for time in stride(from: from, through: to, by: 50) {
            let action = state.ticked(now: at(time), jitter: 0)
            if action != .none { return (action, time) }
        }
        return nil
    }

    @Test func linksAreUpOnceAllHaveGreetedAndAProbeWasAnswered() {
        var state = up()
        #expect(state.started(now: start) == .none)
        #expect(state.probed() == .none)
    }

    @Test func linksToDifferentProcessesAreClosed() {
        var state = LinksState()
        _ = state.started(now: start)
        _ = state.greeted(.commands, greeting, now: start, jitter: 0)
        _ = state.greeted(.pages, greeting, now: start, jitter: 0)
        let action = state.greeted(.subscription, Greeting(run: "r2", isMaster: true), now: start, jitter: 0)
        #expect(action == .close("the links lead to different processes", wasUp: false))
    }

    @Test func aReplicaIsNotTheRightPlace() {
        var state = LinksState()
        _ = state.started(now: start)
        let action = state.greeted(.pages, Greeting(run: "r1", isMaster: false), now: start, jitter: 0)
        #expect(action == .close("this Redis is a replica", wasUp: false))
    }

    @Test func anOpeningThatTakesTooLongIsGivenUp() throws {
        var state = LinksState()
        _ = state.started(now: start)
        let closed = try #require(wait(&state, from: 0, to: 5_000))
        #expect(closed.at == 2_000)
        #expect(closed.action == .close("no answer within 2.0 seconds", wasUp: false))
    }

    @Test func aFirstProbeWithoutAnswerIsGivenUp() throws {
        var state = LinksState()
        _ = state.started(now: start)
        for link in Link.allCases { _ = state.greeted(link, greeting, now: start, jitter: 0) }
        #expect(try #require(wait(&state, from: 0, to: 5_000)).at == 2_000)
        #expect(state.probed() == .none)
    }

    @Test func pausesDoubleUpToALimitAndAreJittered() throws {
        var state = LinksState()
        var time = 0
        var pauses: [Int] = []
        _ = state.started(now: at(0))
        for _ in 0..<8 {
            #expect(state.failed("x", now: at(time), jitter: 0) == .close("x", wasUp: false))
            let opened = try #require(wait(&state, from: time, to: time + 5_000))
            #expect(opened.action == .open)
            pauses.append(opened.at - time)
            time = opened.at
        }
        // Half of 100, 200, 400 … 2,000 ms where the jitter is 0.
        #expect(pauses == [50, 100, 200, 400, 800, 1_000, 1_000, 1_000])
        _ = state.failed("x", now: at(time), jitter: 0.999)
        #expect(try #require(wait(&state, from: time, to: time + 5_000)).at - time == 2_000)
    }

    @Test func afterASuccessPausesBeginAnew() throws {
        var state = LinksState()
        _ = state.started(now: at(0))
        for _ in 0..<5 {
            _ = state.failed("x", now: at(0), jitter: 0)
            _ = state.ticked(now: at(10_000), jitter: 0)
        }
        for link in Link.allCases { _ = state.greeted(link, greeting, now: at(10_000), jitter: 0) }
        _ = state.probed()
        #expect(state.failed("cut", now: at(10_000), jitter: 0) == .close("cut", wasUp: true))
        #expect(try #require(wait(&state, from: 10_000, to: 20_000)).at == 10_050)
    }

    @Test func aProbeGoesOutEveryInterval() throws {
        var state = up()
        state.heard(probe: 1)
        let second = try #require(wait(&state, from: 50, to: 5_000))
        #expect(second.action == .probe(serial: 2, run: "r1") && second.at == 1_000)
        state.heard(probe: 2)
        let third = try #require(wait(&state, from: 1_050, to: 5_000))
        #expect(third.action == .probe(serial: 3, run: "r1") && third.at == 2_000)
    }

    @Test func silenceForAnIntervalIsLate() throws {
        var state = up()
        let closed = try #require(wait(&state, from: 50, to: 5_000))
        #expect(closed.action == .close("nothing arrived for 1.0 seconds", wasUp: true) && closed.at == 1_000)
        #expect(!state.isUp && state.run == nil)
    }

    @Test func probesMayBeMissingForFiveIntervalsWhileOtherThingsArrive() throws {
        var state = up()
        for interval in 1...4 {
            state.heard()
            let next = try #require(wait(&state, from: interval * 1_000 - 950, to: interval * 1_000))
            #expect(next.action == .probe(serial: UInt64(interval) + 1, run: "r1"))
        }
        state.heard()
        let closed = try #require(wait(&state, from: 4_050, to: 6_000))
        #expect(closed.action == .close("probes do not arrive", wasUp: true) && closed.at == 5_000)
    }

    @Test func aNodeThatSleptItselfCallsNobodyLate() throws {
        var state = up()
        #expect(wait(&state, from: 50, to: 900) == nil)
        #expect(state.ticked(now: at(9_000), jitter: 0) == .probe(serial: 2, run: "r1"))
        let closed = try #require(wait(&state, from: 9_050, to: 12_000))
        #expect(closed.action == .close("nothing arrived for 1.0 seconds", wasUp: true) && closed.at == 10_000)
    }

    @Test func whatComesAfterTheEndHasNoEffect() {
        var state = up()
        #expect(state.failed("one", now: start, jitter: 0) == .close("one", wasUp: true))
        #expect(state.failed("two", now: start, jitter: 0) == .none)
        #expect(state.greeted(.pages, greeting, now: start, jitter: 0) == .none)
        #expect(state.stopped() == .close("the node is stopping", wasUp: false))
        #expect(state.ticked(now: at(60_000), jitter: 0) == .none)
        #expect(state.started(now: at(60_000)) == .none)
    }
}
