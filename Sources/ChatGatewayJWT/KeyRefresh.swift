/// When a key set is to be fetched.
struct KeyRefresh {
    /// How often in any case.
    let interval: Duration
    /// How long at least between two fetches because of a key that is not known.
    let pause: Duration

    private var last: ContinuousClock.Instant?
    private var failures = 0

    init(interval: Duration, pause: Duration) {
        self.interval = interval
        self.pause = pause
    }

    /// Whether the last fetch failed.
    var isFailing: Bool { failures > 0 }

    /// Whether an unknown key is a reason to fetch.
    func isAllowed(at now: ContinuousClock.Instant) -> Bool {
        last.map { now - $0 >= pause } ?? true
    }

    mutating func began(at now: ContinuousClock.Instant) {
        last = now
    }

    /// A fetch is over; returns whether it is the first that failed.
    mutating func ended(isSuccess: Bool) -> Bool {
        failures = isSuccess ? 0 : failures + 1
        return failures == 1
    }

    /// How long to wait until the next in any case: after failures 1 s, 2 s, 4 s and so on, up to the interval.
    var wait: Duration {
        guard failures > 0 else { return interval }
        return min(interval, .seconds(1 << min(failures - 1, 12)))
    }
}
