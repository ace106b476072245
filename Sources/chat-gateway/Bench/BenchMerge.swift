import ArgumentParser
import FoundationEssentials
import Glibc

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
        if joined.hasFailed { throw ExitCode(1) }
    }

    /// What every format of a report has.
    private struct Format: Decodable {
        var format: Int
    }

    static func read(_ file: String) throws -> BenchReport {
        guard let handle = fopen(file, "r") else { throw BenchError.system(file, errno) }
        fclose(handle)
        do {
            let data = try Data(contentsOf: URL(filePath: file))
            let format = try JSONDecoder().decode(Format.self, from: data).format
            guard format == BenchReport.currentFormat else {
                throw BenchError.unusable("\(file): a report of format \(format), not \(BenchReport.currentFormat)")
            }
            return try JSONDecoder().decode(BenchReport.self, from: data)
        } catch let error where !(error is BenchError) {
            throw BenchError.unusable("\(file): not a report that bench --json wrote")
        }
    }
}
