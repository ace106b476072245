import Foundation
import IntegrationSupport
import Testing

/// What a listener is told of who has come and gone.
struct PresenceTold: Decodable, Equatable {
    var room: String
    var streams: Int
    var joined: [String]
    var left: [String]
}

/// What is answered to whoever asks who is there.
struct PresenceAnswered: Decodable, Equatable {
    struct User: Decodable, Equatable {
        var user: String
        var streams: Int
    }

    var streams: Int
    var users: [User]

    init(streams: Int, users: [User]) {
        self.streams = streams
        self.users = users
    }

    init(_ body: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(body.utf8))
    }

    var names: [String] { users.map(\.user) }
}

extension RawConnection {
    /// What a stream is told until somebody has come or gone, and that.
    func presence(within limit: Duration = .seconds(10)) async throws -> PresenceTold {
        let deadline = ContinuousClock.now + limit
        while true {
            let event = try await event(within: deadline - .now, withPresence: true)
            guard event.event == "presence" else { continue }
            #expect(event.names == ["event", "data"])
            let told = try JSONDecoder().decode(PresenceTold.self, from: Data(event.data.utf8))
            if !told.joined.isEmpty || !told.left.isEmpty { return told }
        }
    }
}

extension GatewayProcess {
    /// Opens a stream of a user in the room `r`.
    func stream(_ user: String) async throws -> RawConnection {
        let stream = try await RawConnection(port: port)
        try await stream.request("GET", "/rooms/r/events?user=\(user)")
        _ = try await stream.ready()
        return stream
    }

    /// Who is in the room `r`; nil where that is not known.
    func presence() async throws -> PresenceAnswered? {
        let answer = try await Curl.answer("\(url)/rooms/r/presence")
        return answer.status == 200 ? try PresenceAnswered(answer.body) : nil
    }
}
