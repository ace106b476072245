import HTTPTypes
import NIOHTTP1

/// What a request brings to show who sends it.
///
/// `Authorization` goes before what stands in the URL, that before a cookie. A field of another scheme than Bearer is
/// somebody else's, such as a proxy's.
enum Credentials: Hashable, Sendable {
    case none
    case token(String)
    /// A token that the browser added by itself, whatever page asked.
    case cookie(String)
    /// A ticket, and what brings a stream back whose ticket is used: of its own cookie, or of the URL.
    case ticket(Ticket, cookie: String?, resume: String?)
    case resume(String)

    /// Reads the credentials of a request for a stream.
    init(
        stream parameters: [(name: String, value: String)],
        _ headers: HTTPHeaders,
        cookie name: String?
    ) throws(Problem) {
        var texts: [String: String] = [:]
        for (name, value) in parameters where ["access_token", "ticket", "resume"].contains(name) {
            guard texts.updateValue(value, forKey: name) == nil else {
                throw .badRequest("“\(name)” stands more than once in the URL")
            }
        }
        let cookies = Cookies(headers["cookie"])
        if let token = try Self.bearer(headers["authorization"]) ?? texts["access_token"] {
            self = .token(token)
        } else if let text = texts["ticket"] {
            if let ticket = Ticket(text) {
                self = .ticket(ticket, cookie: cookies[ResumeCookie.name(ticket.tag)], resume: texts["resume"])
            } else {
                guard let resume = texts["resume"] else { throw .badTicket }
                self = .resume(resume)
            }
        } else if let resume = texts["resume"] {
            self = .resume(resume)
        } else {
            self = name.flatMap { cookies[$0] }.map { .cookie($0) } ?? .none
        }
    }

    /// Reads the credentials of any other request.
    init(_ fields: HTTPFields, cookie name: String?) throws(Problem) {
        if let token = try Self.bearer(fields[values: .authorization]) {
            self = .token(token)
        } else {
            self = name.flatMap { Cookies(fields[values: .cookie])[$0] }.map { .cookie($0) } ?? .none
        }
    }

    private static func bearer(_ fields: [String]) throws(Problem) -> String? {
        guard fields.count < 2 else { throw .badRequest("A request has at most one Authorization field") }
        guard let field = fields.first else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
        return parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
}
