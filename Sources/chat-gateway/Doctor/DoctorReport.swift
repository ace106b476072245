import ArgumentParser
import Foundation

/// All checks of one examination.
struct DoctorReport: Encodable {
    var url: String
    var checks: [Check] = []

    /// How many harm somebody.
    var problems: Int { checks.count { $0.outcome == .problem } }
    /// How many are worth knowing.
    var warnings: Int { checks.count { $0.outcome == .warning } }

    /// Writes the report as JSON.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(filePath: path))
        } catch {
            throw ValidationError("\(path): cannot be written")
        }
    }
}
