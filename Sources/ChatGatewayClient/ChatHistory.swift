import Foundation

/// A part of a room's history.
public struct ChatHistory: Hashable, Sendable {
    /// The messages, always oldest first.
    public var messages: [ChatMessage]
    /// Whether there are more: newer ones where it was read from a cursor on, older ones otherwise.
    public var hasMore: Bool

    /// Reads a gateway's answer.
    init(answer: Data) throws(ChatClientError) {
        do {
            hasMore = try JSONDecoder().decode(Rest.self, from: answer).more
            messages = try JSONObjects.first(in: answer).map { try ChatMessage(json: $0) }
        } catch {
            throw ChatClientError(.unreadable, "The answer is not a list of messages")
        }
    }

    private struct Rest: Decodable {
        var more: Bool
    }
}
