public import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Speaks with a gateway: listens, publishes and reads histories.
///
/// A value that can be used from any task, for any number of streams at one time.
public struct ChatClient: Sendable {
    let url: String
    let http: HTTPClient
    private let token: @Sendable () async throws -> String?

    /// What clients use that were not given another: it gives a silent connection up after 45 s, which is three of a
    /// gateway's signs of life, holds up to 1,000 connections to one gateway, and follows up to 5 redirects, with a
    /// message that is to be posted too.
    public static let defaultHTTPClient: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(45))
        configuration.connectionPool = .init(
            idleTimeout: .seconds(60),
            concurrentHTTP1ConnectionsPerHostSoftLimit: 1_000
        )
        configuration.redirectConfiguration = .follow(
            configuration: .init(
                max: 5,
                allowCycles: false,
                retainHTTPMethodAndBodyOn301: true,
                retainHTTPMethodAndBodyOn302: true
            )
        )
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Makes a client; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - url: Where the gateway is, such as `https://chat.example`.
    ///   - http: What connects. One of your own needs a read timeout, and as many connections per host as there are
    ///     streams, and one more: each stream holds one; where it turns a redirected POST into a GET, nothing is published. Default: ``defaultHTTPClient``.
    ///   - token: Gives the token to show. Asked for every request, and every time a stream is asked for again; what it
    ///     throws, the request throws. Default: none.
    public init(
        _ url: String,
        http: HTTPClient = ChatClient.defaultHTTPClient,
        token: @escaping @Sendable () async throws -> String? = { nil }
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.http = http
        self.token = token
    }

    /// Listens in rooms.
    ///
    /// - Parameters:
    ///   - rooms: The rooms, 1 to 100.
    ///   - cursor: Where to go on, as ``ChatMessage/cursor``. Default: from now on.
    ///   - history: Without a cursor, at least so many messages of each room from before. Default 0.
    ///   - user: The name that others see in the room, where the gateway wants no tokens. Default: none.
    ///   - excludesOwn: Whether to leave out what this user says. Default: no.
    /// - Returns: The events; nothing is connected before the first is asked for.
    public func events(
        in rooms: [String],
        after cursor: String? = nil,
        history: Int = 0,
        user: String? = nil,
        excludesOwn: Bool = false
    ) -> ChatEvents {
        var query = rooms.map { "room=\(Self.encoded($0))" }
        if history > 0 { query.append("history=\(history)") }
        if let user { query.append("user=\(Self.encoded(user))") }
        if excludesOwn { query.append("exclude=me") }
        return ChatEvents(client: self, target: "/events?" + query.joined(separator: "&"), cursor: cursor ?? "")
    }

    /// Reads a room's history.
    ///
    /// Without `after` the newest messages (before `before`), with it the next ones.
    ///
    /// - Parameters:
    ///   - room: Whose history.
    ///   - before: Only messages before this cursor.
    ///   - after: Only messages behind this cursor.
    ///   - limit: At most so many, 1 to 500. Default 50.
    /// - Returns: The messages, oldest first.
    /// - Throws: ``ChatClientError/Code/refused`` with status 410 where messages at the cursor are gone.
    public func history(
        of room: String,
        before: String? = nil,
        after: String? = nil,
        limit: Int = 50
    ) async throws -> ChatHistory {
        var target = "/rooms/\(Self.encoded(room))/messages?limit=\(limit)"
        if let before { target += "&before=\(Self.encoded(before))" }
        if let after { target += "&after=\(Self.encoded(after))" }
        let (status, answer) = try await answer(to: request(.GET, target))
        guard status == 200 else { throw Self.refusal(status, answer) }
        return try ChatHistory(answer: answer)
    }

    func request(
        _ method: HTTPMethod,
        _ target: String,
        _ change: (inout HTTPHeaders) -> Void = { _ in }
    ) async throws -> HTTPClientRequest {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ChatClientError(.invalidURL, "A gateway's URL begins with http:// or https://")
        }
        var request = HTTPClientRequest(url: url + target)
        request.method = method
        if let token = try await token() { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        change(&request.headers)
        return request
    }

    /// The whole answer to a request; its body has at most 4 MiB.
    func answer(to request: HTTPClientRequest) async throws -> (status: Int, body: Data) {
        let response = try await http.execute(request, timeout: .seconds(15))
        return (Int(response.status.code), Data(buffer: try await response.body.collect(upTo: 4 << 20)))
    }

    static func refusal(_ status: Int, _ answer: Data) -> ChatClientError {
        struct Problem: Decodable {
            var detail: String
        }
        let detail = (try? JSONDecoder().decode(Problem.self, from: answer))?.detail
        let mayWork = status == 408 || status == 429 || status >= 500
        let code: ChatClientError.Code = mayWork ? .unavailable : .refused
        return ChatClientError(code, detail ?? "The gateway answers with status \(status)", status: status)
    }

    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            }
        }
        return encoded
    }
}
