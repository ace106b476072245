/// What a run has shown.
struct FaultReport: Sendable {
    /// What happened from the beginning of one kind of fault until the next fault began, all times together.
    struct Row: Sendable {
        var name: String
        var times = 0
        var acknowledged = 0
        var verdict = Verdict()
    }

    var seed: UInt64
    var listeners: Int
    var duration = Duration.zero
    private(set) var rows: [Row] = []
    /// What all listeners saw.
    var tally = Tally()
    /// What publishers were answered that was no acknowledgement.
    var refusals: [String: Int] = [:]
    /// Why the run ended before its time.
    var failure: String?
    /// Listeners without their rooms' last messages.
    var incomplete = 0

    var verdict: Verdict { tally.verdict }

    var acknowledged: Int { rows.reduce(0) { $0 + $1.acknowledged } }

    init(seed: UInt64, listeners: Int) {
        self.seed = seed
        self.listeners = listeners
    }

    mutating func add(_ name: String, _ verdict: Verdict, acknowledged: Int) {
        let index = rows.firstIndex { $0.name == name } ?? rows.endIndex
        if index == rows.endIndex { rows.append(Row(name: name)) }
        rows[index].times += 1
        rows[index].acknowledged += acknowledged
        rows[index].verdict += verdict
    }

    /// The table, in Markdown, and what else is worth knowing.
    var text: String {
        let seconds = duration / .seconds(1)
        let rate = Double(acknowledged) / max(seconds, 1)
        var lines = [
            "Seed \(seed), \(Int(seconds)) s, \(listeners) listeners, \(Int(rate)) messages/s acknowledged,"
                + " \(verdict.delivered) deliveries.",
            "",
            "| fault | times | listeners | acknowledged | lost | repeated | reordered | gaps told |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for row in rows.sorted(by: { $0.name < $1.name }) { lines.append(line(row)) }
        var sum = Row(name: "**all**")
        for row in rows where row.name != "at the end" { sum.times += row.times }
        sum.acknowledged = acknowledged
        sum.verdict = verdict
        lines.append(line(sum))
        lines += [
            "",
            "Streams begun \(tally.readies), ended \(tally.ends), attempts without a stream \(tally.failures),"
                + " events malformed \(verdict.malformed), listeners incomplete at the end \(incomplete).",
            "`bye`: \(Self.list(tally.byes)). `gap`: \(Self.list(tally.gaps)). Not resumed: \(tally.unresumed).",
            "Refused streams: \(Self.list(tally.refusals)). POSTs without success: \(Self.list(refusals)).",
        ]
        if let failure { lines.append("The run ended before its time: \(failure)") }
        return (lines + tally.oddities).joined(separator: "\n")
    }

    private func line(_ row: Row) -> String {
        let verdict = row.verdict
        return "| \(row.name) | \(row.times) | \(listeners) | \(row.acknowledged) | \(verdict.lost)"
            + " | \(verdict.repeated) | \(verdict.reordered) | \(verdict.gaps) |"
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.isEmpty
            ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
