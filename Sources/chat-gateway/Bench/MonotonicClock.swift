import Glibc

/// This machine's monotonic clock, in nanoseconds: the same for all its processes.
enum MonotonicClock {
    static func now() -> Int64 {
        read(CLOCK_MONOTONIC)
    }

    /// What the calling thread has used of a CPU.
    static func threadUsage() -> Int64 {
        read(CLOCK_THREAD_CPUTIME_ID)
    }

    /// What a clock of the kernel's says.
    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
