import FoundationEssentials
import Glibc

/// A process that holds a part of the listeners for another one, with which it talks over its stdin and stdout.
///
/// It is told `window START END` and `stop`; it says `progress …` a few times a second and in the end `result` and,
/// on the rest of the line, JSON.
struct ListenerPart {
    private let host: ListenerThreads

    init(plan: BenchPlan, endpoints: [Endpoint], part: Int) {
        host = ListenerThreads(plan: plan, endpoints: endpoints, share: plan.listeners(ofPart: part))
    }

    func run() async throws {
        let host = host
        async let orders: Void = BenchThread.run {
            while let line = readLine() {
                let words = line.split(separator: " ")
                guard words.count == 3, let start = Int64(words[1]), let end = Int64(words[2]), start <= end else {
                    break
                }
                host.setWindow(start..<end)
            }
            host.stop()
        }
        async let results = host.run()
        let reporting = Task {
            while !Task.isCancelled {
                Self.say("progress \(host.progress.line)")
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        var record = ListenerRecord()
        for other in try await results { record.add(other) }
        reporting.cancel()
        _ = await reporting.result
        Self.say("result " + String(decoding: try JSONEncoder().encode(record), as: UTF8.self))
        try await orders
    }

    private static func say(_ line: String) {
        var bytes = Array(line.utf8)[...]
        bytes.append(0x0A)
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
