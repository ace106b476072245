/// Whoever holds a run's listeners: threads of this process, or other processes.
protocol ListenerHost: Sendable {
    /// Opens the streams and reads until ``stop()``; returns what each loop saw.
    func run() async throws -> [ListenerRecord]
    /// Where all its loops stand.
    var progress: BenchProgress { get }
    /// Says when the measured window is; may be called again with an earlier end.
    func setWindow(_ window: Range<Int64>)
    func stop()
    /// Processes other than this one, whose CPU time is the tester's too.
    var processes: [ObservedProcess] { get }
}
