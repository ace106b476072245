import Glibc

/// A small file that the kernel writes, such as those in /proc.
enum SystemFile {
    static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while content.count < 1 << 20 {
            let count = fread(&piece, 1, piece.count, file)
            guard count > 0 else { break }
            content.append(contentsOf: piece[..<count])
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// The rest of the line that begins with `field` and a colon.
    static func field(_ field: String, in content: String) -> Substring? {
        for line in content.split(separator: "\n") where line.hasPrefix(field + ":") {
            return line.dropFirst(field.count + 1).drop { $0 == " " || $0 == "\t" }
        }
        return nil
    }

    /// The cores of a list such as `0-3,8`.
    static func cores(_ list: some StringProtocol) -> Set<Int> {
        var cores: Set<Int> = []
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            if let first = ends.first, let last = ends.last, first <= last, last < 65_536 {
                cores.formUnion(first...last)
            }
        }
        return cores
    }
}
