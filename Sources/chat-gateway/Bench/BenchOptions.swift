import ArgumentParser
import Glibc

/// What `chat-gateway bench` takes.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A server to test, http://HOST:PORT[/PREFIX]; repeatable.", valueName: "url"))
    var url: [String] = []

    @Option(help: "Streams to hold, spread evenly over the targets and rooms.")
    var listeners = 1000

    @Option(help: "Rooms that messages are published in, in turn.")
    var rooms = 1

    @Option(help: "Rooms that each stream is in, 1 to 100.")
    var roomsPerListener = 1

    @Option(help: "Messages per second over all rooms, whatever the server does; 0: idle streams only. (default: 20)")
    var rate: Double?

    @Flag(help: "Publish as fast as messages are acknowledged, instead of at a rate.")
    var unpaced = false

    @Option(help: "Connections to publish over; each has one message under way.")
    var connections = 64

    @Option(help: "Bytes of each payload, at least \(Stamp.size).")
    var payload = 100

    @Option(help: "Length of the measured window, such as 30s or 5m.")
    var duration = BenchDuration(seconds: 30)

    @Option(help: "Publish for so long before measuring.")
    var warmUp = BenchDuration(seconds: 1)

    @Option(
        help:
            "How long after the window to send what is late and to wait for what is missing; for that, two seconds at least."
    )
    var settle = BenchDuration(seconds: 10)

    @Option(help: ArgumentHelp("Open so many streams per second; 0: as fast as they are answered.", valueName: "rate"))
    var rampUp = 0.0

    @Option(
        help: ArgumentHelp(
            "The share of listeners that stop reading during the window, such as 1%.",
            valueName: "share"
        )
    )
    var slow = BenchShare(fraction: 0)

    @Flag(help: "Open ended streams again, after what the server's retry says and with Last-Event-ID.")
    var reconnect = false

    @Option(help: "Processes to hold the streams in, where one may not have enough descriptors.")
    var processes = 1

    @Option(
        help:
            "Threads to read with, in each process. (default: the cores, less one to publish, over --processes, at most 4)"
    )
    var threads: Int?

    @Option(help: "Path of a stream; {room} is the room, {rooms} is room=a&room=b…")
    var streamPath: String?

    @Option(help: "Path to publish to; {room} is the room.")
    var publishPath = RequestTemplates.ownPublishPath

    @Option(help: "Body to publish; {payload} is the payload, {room} the room.")
    var publishBody = RequestTemplates.ownPublishBody

    @Option(help: "Content-Type of what is published.")
    var publishType = "application/json"

    @Option(help: ArgumentHelp("A further field for every request, 'Name: value'; repeatable.", valueName: "field"))
    var header: [String] = []

    @Flag(
        help:
            "Check that every listener gets every message exactly once and in order; exit code 1 where one is lost untold."
    )
    var verify = false

    @Option(help: "A server process on this machine whose CPU time and memory to report; repeatable.")
    var pid: [Int] = []

    @Option(help: ArgumentHelp("Write the report as JSON, for bench merge too.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the report as a page.", valueName: "file"))
    var html: String?

    @Option(help: .hidden)
    var run: String?

    @Option(help: .hidden)
    var part: Int?

    func validate() throws {
        try check(listeners, 1...10_000_000, "--listeners")
        try check(rooms, 1...1_000_000, "--rooms")
        try check(roomsPerListener, 1...min(100, rooms), "--rooms-per-listener")
        try check(connections, 1...10_000, "--connections")
        try check(payload, Stamp.size...1_000_000, "--payload")
        try check(processes, 1...min(1000, listeners), "--processes")
        try check(threads ?? 1, 1...256, "--threads")
        for (name, rate) in [("--rate", rate ?? 0), ("--ramp-up", rampUp)] {
            guard rate == 0 || (0.001...10_000_000).contains(rate) else {
                throw ValidationError("\(name) is 0 or 0.001 to 10000000")
            }
        }
        if rate != nil, unpaced { throw ValidationError("--rate and --unpaced exclude each other") }
        if duration.nanoseconds < 100_000_000 { throw ValidationError("--duration is at least 100ms") }
        if !publishBody.contains("{payload}") { throw ValidationError("--publish-body must contain {payload}") }
        for field in header + [publishType] where field.utf8.contains(where: { $0 < 0x20 }) {
            throw ValidationError("a header field cannot contain control characters")
        }
        for field in header where !field.contains(":") { throw ValidationError("--header is 'Name: value'") }
        for path in [streamPath ?? "/", publishPath] {
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw ValidationError("\(path) is not a path: it begins with / and has printable ASCII characters only")
            }
        }
        try check(streamPath ?? "/", knows: ["{room}", "{rooms}"], "--stream-path")
        try check(publishPath, knows: ["{room}"], "--publish-path")
        if roomsPerListener > 1, let streamPath, !streamPath.contains("{rooms}") {
            throw ValidationError("--rooms-per-listener needs {rooms} in --stream-path")
        }
        if let run, RunName(run) == nil { throw ValidationError("--run is six letters or digits") }
        for url in url where BenchTarget(url) == nil {
            throw ValidationError("--url \(url): a target is http://HOST:PORT[/PREFIX]; https is not spoken")
        }
    }

    /// What stands in braces of a path is a place that is filled in; a server would get anything else as it is.
    private func check(_ path: String, knows places: [String], _ name: String) throws {
        let rest = places.reduce(path) { $0.replacing($1, with: "") }
        guard !rest.contains("{"), !rest.contains("}") else {
            throw ValidationError("\(name) \(path): what it may have in braces is \(places.joined(separator: ", "))")
        }
    }

    private func check(_ value: Int, _ range: ClosedRange<Int>, _ name: String) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) is \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// Works out what to do on so many cores.
    func plan(cores: Int) -> BenchPlan {
        let load: BenchPlan.Load = unpaced ? .unpaced : rate == 0 ? .none : .rate(rate ?? 20)
        let path =
            streamPath ?? (roomsPerListener > 1 ? RequestTemplates.ownManyStreamPath : RequestTemplates.ownStreamPath)
        return BenchPlan(
            run: run.flatMap(RunName.init) ?? .random(),
            targets: (url.isEmpty ? ["http://127.0.0.1:8080"] : url).compactMap(BenchTarget.init),
            listeners: listeners,
            rooms: rooms,
            roomsPerListener: roomsPerListener,
            load: load,
            connections: connections,
            payload: payload,
            templates: RequestTemplates(
                streamPath: path,
                publishPath: publishPath,
                publishBody: publishBody,
                publishType: publishType,
                fields: header.map { "\($0)\r\n" }.joined()
            ),
            window: duration.nanoseconds,
            warmUp: warmUp.nanoseconds,
            settle: settle.nanoseconds,
            rampUp: rampUp,
            slow: slow.fraction,
            reconnects: reconnect,
            verifies: verify,
            threads: threads ?? max(1, min(4, (cores - 1) / processes)),
            processes: processes
        )
    }
}
