import AsyncHTTPClient
import Foundation
import NIOCore

/// Where a JSON Web Key Set is found.
public enum KeySetSource: Hashable, Sendable, CustomStringConvertible {
    /// At an `https:` or `http:` URL.
    case url(String)
    /// In a file.
    case file(String)

    /// The largest set, in bytes.
    private static let maximumBytes = 1024 * 1024
    /// How long a server may take for all of its answer.
    static let limit = Duration.seconds(5)

    /// Takes a URL, or else a path.
    public init(_ text: String) {
        self = text.hasPrefix("https://") || text.hasPrefix("http://") ? .url(text) : .file(text)
    }

    /// The place, without a user's name or a password in it.
    public var description: String {
        switch self {
        case .file(let path): return path
        case .url(let text):
            guard var parts = URLComponents(string: text) else { return "a URL that cannot be read" }
            parts.user = nil
            parts.password = nil
            parts.query = nil
            return parts.string ?? "a URL that cannot be read"
        }
    }

    /// Reads the set.
    func load(within limit: Duration = limit) async throws(KeyError) -> [VerificationKey] {
        switch self {
        case .file(let path):
            guard let document = FileManager.default.contents(atPath: path) else { throw KeyError("cannot be read") }
            guard document.count <= Self.maximumBytes else { throw KeyError("is too large for a key set") }
            return try await KeySet.keys(in: Array(document))
        case .url(let text): return try await KeySet.keys(in: Self.fetch(text, within: limit))
        }
    }

    private static let lateness = KeyError("the server does not answer in time")

    private static func fetch(_ url: String, within limit: Duration) async throws(KeyError) -> [UInt8] {
        do {
            // The client's own limit ends with the head of the answer, and may run out first.
            return try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask { try await fetch(url, TimeAmount(limit)) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw Self.lateness
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
        } catch let error as KeyError {
            throw error
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw Self.lateness
        } catch is NIOTooManyBytesError {
            throw KeyError("the server's answer is too large for a key set")
        } catch let error as HTTPClientError {
            throw KeyError(error.shortDescription)
        } catch {
            throw KeyError("cannot be reached")
        }
    }

    private static func fetch(_ url: String, _ limit: TimeAmount) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
        let response = try await HTTPClient.shared.execute(request, timeout: limit)
        guard response.status == .ok else { throw KeyError("the server answers \(response.status.code)") }
        return Array(buffer: try await response.body.collect(upTo: maximumBytes))
    }
}
