import Glibc

/// This machine's monotonic clock, in nanoseconds: the same for all its processes.
enum MonotonicClock {
    static func now() -> Int64 {
        read(CLOCK_MONOTONIC)
    }

    /// What the calling thread has used of a CPU, and for how long it was kept waiting for one.
    static func threadUsage() -> Int64 {
        // CPU time, time in the queue of a core, slices; nothing where the kernel does not count them.
        let numbers = SystemFile.read("/proc/thread-self/schedstat")?.split(separator: " ").compactMap { Int64($0) }
        guard let numbers, numbers.count > 1 else { return read(CLOCK_THREAD_CPUTIME_ID) }
        return read(CLOCK_THREAD_CPUTIME_ID) + numbers[1]
    }

    /// What a clock of the kernel's says.
    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
