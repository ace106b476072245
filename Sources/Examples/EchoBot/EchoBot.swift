import ChatGatewayClient

/// Says again what others say in some rooms: `EchoBot http://localhost:8080 lobby`.
///
/// It stays through restarts of nodes, and answers each message once: the answer's id is made of the message's. What may not
/// be said, because it gets too long or is not wanted, is left out.
@main struct EchoBot {
    struct Words: Codable {
        var user: String?
        var text: String
    }

    static func main() async throws {
        let (url, rooms) = (CommandLine.arguments.dropFirst().first, Array(CommandLine.arguments.dropFirst(2)))
        let chat = ChatClient(url ?? "http://localhost:8080")
        for try await event in chat.events(in: rooms, user: "echo", excludesOwn: true) {
            do {
                switch event {
                case .message(let message):
                    guard let words = try? message.decode(Words.self) else { continue }
                    let answer = Words(user: "echo", text: "\(words.user ?? "Somebody") says: \(words.text)")
                    try await chat.publish(answer, to: message.room, id: "echo-\(message.id.suffix(59))")
                case .gap(let gap):
                    try await chat.publish(Words(user: "echo", text: "I have missed something"), to: gap.room)
                case .ready, .typing, .presence, .bye: continue
                }
            } catch let refusal as ChatClientError where refusal.code == .refused {
                print("Not said: \(refusal)")
            }
        }
    }
}
