import Foundation
import IntegrationSupport

/// The streams that a node has, as its ops listener lists them.
struct StreamCensus: Decodable {
    /// One of them.
    struct Stream: Decodable {
        let rooms: [String]
    }

    let streams: [Stream]

    /// The sorted rooms of each stream of a node.
    static func rooms(of node: GatewayProcess) async throws -> [[String]] {
        let answer = try await Curl.answer("\(node.opsURL)/admin/streams")
        let census = try JSONDecoder().decode(StreamCensus.self, from: Data(answer.body.utf8))
        return census.streams.map { $0.rooms.sorted() }
    }

    /// Waits until a node has no stream.
    static func waitForNone(at node: GatewayProcess) async throws {
        try await eventually("no stream") { try await Self.rooms(of: node).isEmpty }
    }

    /// Waits until a node has exactly one stream, in these rooms.
    static func waitForOne(in rooms: [String], at node: GatewayProcess) async throws {
        try await eventually("one stream in \(rooms)") {
            try await Self.rooms(of: node) == [rooms]
        }
    }
}
