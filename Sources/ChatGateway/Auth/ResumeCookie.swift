/// The cookie that lets a browser's own EventSource come back with a ticket that is used.
struct ResumeCookie: Hashable, Sendable {
    var tag: String
    var token: String
    /// In seconds.
    var maximumAge: UInt64

    /// What browsers take of one cookie at least, in bytes, less the attributes; they drop a longer one.
    static let maximumLength = 4096 - 256

    /// One name for all tickets of the same rights: other tabs and other users of the browser keep theirs.
    static func name(_ tag: String) -> String { "cg-resume-\(tag)" }

    /// The value of the field `Set-Cookie`, for a stream with this path, as it came, and a client with or without TLS.
    func field(path: String, isSecure: Bool) -> String {
        // What would end the attribute is rare in a path, and all stream routes with such a one begin so.
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ";") }
        let path = isPlain ? path : "/rooms"
        return "\(Self.name(tag))=\(token); Path=\(path); Max-Age=\(maximumAge); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "")
    }
}
