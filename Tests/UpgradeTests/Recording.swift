import Foundation
import IntegrationSupport

/// Everything that one version has written into Redis and published there, and what it said of it to clients.
///
/// The files in `Recordings` are what earlier versions really wrote: `Tests/upgrade --record COMMIT` makes them.
struct Recording: Codable {
    /// A key and what it holds.
    struct Key: Codable, Hashable {
        var name: String
        var type: String
        /// Milliseconds; negative without an end.
        var rest: Int
        /// What it holds.
        ///
        /// A string; a hash's or a sorted set's members with their values; a stream's entries, each as id, number of
        /// words, words. What is not printable ASCII is `hex:` and its bytes.
        var words: [String]
    }

    /// Something that was published.
    struct Publication: Codable, Hashable {
        var channel: String
        var payload: String
    }

    var keys: [Key]
    var publications: [Publication]
    /// The page of the room's messages, as clients get it.
    var page: String
    /// The cursor behind the first message.
    var cursor: String
    /// A ticket that was not used.
    var ticket: String
    /// What brings the stream of a used ticket back.
    var resume: String

    /// The recordings of earlier versions.
    static var all: [URL] {
        get throws {
            let folder = Checkout.root.appending(path: "Tests/UpgradeTests/Recordings")
            return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "json" }
        }
    }

    /// The same as if it had been recorded just now: logs are kept for a limited time.
    ///
    /// Positions and ends of leases are the only numbers of 13 digits.
    func moved(to now: Date) throws -> Recording {
        let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        guard let last = Int(keys.first { $0.type == "hash" && $0.name.hasSuffix(":state") }?.top ?? "") else {
            throw Unexpected("the recording has no state")
        }
        let difference = Int(now.timeIntervalSince1970 * 1000) - last
        let moved = text.replacing(/\b1\d{12}\b/) { match in "\((Int(match.output) ?? 0) + difference)" }
        return try JSONDecoder().decode(Recording.self, from: Data(moved.utf8))
    }

    /// What it consists of, without what differs from run to run: the forms of what is written under each name.
    ///
    /// Names of presence have a version of their own, and what is told of it comes and goes.
    var shape: [String: Set<String>] {
        var forms: [String: Set<String>] = [:]
        for key in keys where !key.name.contains(":due") && !key.name.contains(":news:") {
            forms["\(key.type) \(Self.general(key.name))", default: []].formUnion(key.forms)
        }
        for publication in publications {
            let words = publication.payload.split(separator: " ", omittingEmptySubsequences: false)
            let name = "publication \(words.first ?? "") \(Self.general(publication.channel))"
            // Messages are JSON, in which anything can be, and of users come and go one or more at a time.
            forms[name, default: []].insert(["m", "s"].contains(words.first) ? "words" : "\(words.count) words")
        }
        return forms
    }

    /// A name without what is random in it.
    fileprivate static func general(_ name: String) -> String {
        name.replacing(/ticket:[\w-]{43}/, with: "ticket:…").replacing(/node:recorder\.\w+/, with: "node:recorder")
    }
}

extension Recording {
    /// Reads a recording.
    init(contentsOf url: URL) throws {
        self = try JSONDecoder().decode(Recording.self, from: Data(contentsOf: url))
    }
}

extension Recording.Key {
    /// The milliseconds of the highest position given.
    fileprivate var top: String? {
        words.firstIndex(of: "top").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
            .flatMap { $0.split(separator: "-").first.map(String.init) }
    }

    /// What its parts are called, and whether it goes away by itself.
    fileprivate var forms: Set<String> {
        var forms: Set = [rest < 0 ? "stays" : "ends"]
        switch type {
        // Users and rooms are fields, too, but not in the recorded order.
        case "hash" where name.contains(":presence:"): break
        case "hash": for index in stride(from: 0, to: words.count, by: 2) { forms.insert(words[index]) }
        case "stream":
            var index = 0
            while index + 1 < words.count, let count = Int(words[index + 1]) {
                let names = stride(from: index + 2, to: index + 2 + count, by: 2).map { words[$0] }
                forms.insert(names.joined(separator: "+"))
                index += 2 + count
            }
        default: break
        }
        return forms
    }
}
