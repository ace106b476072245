/// What a run cost a server process of this machine; a figure is nil where it ended, or the run did, before it was measured.
struct ServerUsage: Codable, Sendable {
    var pid: Int
    /// CPU time in the measured window.
    var cpuSeconds: Double?
    /// CPU time until all streams were open.
    var openingCPUSeconds: Double?
    /// Resident memory before the first stream was opened, and with all of them idle.
    var residentKiBBefore: Double?
    var residentKiBWithStreams: Double?
    /// Resident memory at the window's end.
    var residentKiBAtEnd: Double?
}
