import ArgumentParser
import FoundationEssentials

/// `chat-gateway bench merge`: joins the reports of several machines that ran at the same time.
struct BenchMerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join the JSON reports of several machines into one."
    )

    @Argument(help: "Files that bench --json wrote.")
    var files: [String]

    @Option(help: ArgumentHelp("Write the joined report as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the joined report as a page.", valueName: "file"))
    var html: String?

    func run() async throws {
        var joined: BenchReport?
        for file in files {
            let report = try Self.read(file)
            if joined == nil { joined = report } else { joined?.add(report) }
        }
        guard let joined else { throw ValidationError("no report given") }
        try BenchOutput(json: json, html: html).write(joined)
    }

    static func read(_ file: String) throws -> BenchReport {
        do {
            let report = try JSONDecoder().decode(BenchReport.self, from: Data(contentsOf: URL(filePath: file)))
            guard report.format == BenchReport.currentFormat else {
                throw BenchError.unusable(
                    "\(file): a report of format \(report.format), not \(BenchReport.currentFormat)"
                )
            }
            return report
        } catch is DecodingError {
            throw BenchError.unusable("\(file): not a report that bench --json wrote")
        }
    }
}
