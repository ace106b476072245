/// What a run cost the tester itself.
struct TesterUsage: Codable, Sendable {
    /// CPU time of all its processes in the measured window.
    var cpuSeconds: Double
    /// CPU time of all its processes until all streams were open.
    var openingCPUSeconds: Double
    /// The share of the window in which its busiest thread had a CPU or waited for one, 0 to 1.
    var busiestThread: Double
    /// Cores that it may run on.
    var cores: Int
    /// The measured window in seconds; 0: the run ended before it.
    var window: Double

    /// Whether a faster tester would have measured more: a thread, or all cores together, had no time left.
    var wasBottleneck: Bool {
        window > 0 && (busiestThread > 0.9 || cpuSeconds > 0.95 * window * Double(cores))
    }
}
