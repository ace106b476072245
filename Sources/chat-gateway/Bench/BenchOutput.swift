import FoundationEssentials
import Glibc

/// Where a report goes: always to stdout as text, and to the files that were asked for.
struct BenchOutput {
    let json: String?
    let html: String?

    /// Throws where a file cannot be written, before a run is made for it; leaves what it holds.
    func check() throws {
        for path in [json, html].compactMap({ $0 }) {
            guard let file = fopen(path, "a") else { throw BenchError.system(path, errno) }
            fclose(file)
        }
    }

    func write(_ report: BenchReport) throws {
        print(ReportText(report: report).lines.joined(separator: "\n"))
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Self.write(Array(try encoder.encode(report)), to: json)
        }
        if let html { try Self.write(Array(ReportPage(report: report).html.utf8), to: html) }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchError.system(path, errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw BenchError.system(path, errno) }
    }
}
