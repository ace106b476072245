/// Everything a run does, worked out from the options.
struct BenchPlan: Sendable {
    /// How messages are offered.
    enum Load: Equatable, Sendable {
        /// None: the streams stay idle.
        case none
        /// So many messages per second, whatever the server does.
        case rate(Double)
        /// Each connection sends its next message when the last one is acknowledged.
        case unpaced
    }

    var run: RunName
    var targets: [BenchTarget]
    var listeners: Int
    var rooms: Int
    var roomsPerListener: Int
    var load: Load
    var connections: Int
    var payload: Int
    var templates: RequestTemplates
    var window: Int64
    var warmUp: Int64
    var settle: Int64
    /// Streams opened per second; 0: as fast as they are answered.
    var rampUp: Double
    /// The share of listeners that stop reading, 0 to 1.
    var slow: Double
    var reconnects: Bool
    var verifies: Bool
    var threads: Int
    var processes: Int

    /// The listeners that one of the processes holds.
    func listeners(ofPart part: Int) -> [Int] {
        Array(stride(from: part, to: listeners, by: processes))
    }

    /// The target that a listener connects to; each room's listeners are spread over all.
    func target(ofListener index: Int) -> Int {
        (index / rooms + index % rooms) % targets.count
    }

    /// The rooms of a listener's stream.
    func rooms(ofListener index: Int) -> [Int] {
        (0..<roomsPerListener).map { (index * roomsPerListener + $0) % rooms }
    }

    func isSlow(listener index: Int) -> Bool {
        Int(Double(index + 1) * slow) > Int(Double(index) * slow)
    }

    func name(ofRoom room: Int) -> String {
        "bench-\(run.text)-\(room)"
    }
}
