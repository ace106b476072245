import ChatGateway
import Foundation

/// What a genuine token says.
struct Claims: Decodable {
    let sub: String
    let exp: Double
    let nbf: Double?
    let iss: String?
    let aud: Audience?
    let rooms: Rooms?

    struct Rooms: Decodable {
        let read: [String]?
        let write: [String]?
    }

    /// One audience or a list of them.
    struct Audience: Decodable {
        let names: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let name = try? container.decode(String.self) {
                names = [name]
            } else {
                names = try container.decode([String].self)
            }
        }
    }

    /// How far an issuer's clock may be ahead of ours, in milliseconds; for `nbf` alone, which it often sets to now.
    private static let clockDifference: UInt64 = 5_000

    /// Who it is; or why it is nobody, now.
    func judgement(now: UInt64, audience: String?, issuer: String?) -> Judgement {
        guard let expires = Self.milliseconds(exp) else { return .refused("The token's “exp” is not a time") }
        guard expires > now else { return .refused("The token has expired") }
        if let nbf {
            guard let begins = Self.milliseconds(nbf) else { return .refused("The token's “nbf” is not a time") }
            guard begins <= now + Self.clockDifference else { return .refused("The token is not valid yet") }
        }
        if let issuer, iss?.utf8.elementsEqual(issuer.utf8) != true {
            return .refused("The token is of another issuer")
        }
        if let audience, aud?.names.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) != true {
            return .refused("The token is for another audience")
        }
        guard let read = Self.patterns(rooms?.read), let write = Self.patterns(rooms?.write) else {
            return .refused("The token's “rooms” has a pattern that is none")
        }
        let permission = Permission(read: read, write: write)
        guard let identity = Identity(user: sub, permission: permission, expires: expires) else {
            return .refused("The token's “sub” is not a user's name")
        }
        return .accepted(identity)
    }

    private static func patterns(_ texts: [String]?) -> [RoomPattern]? {
        let patterns = (texts ?? []).map { RoomPattern($0) }
        let valid = patterns.compactMap { $0 }
        return valid.count == patterns.count ? valid : nil
    }

    private static func milliseconds(_ seconds: Double) -> UInt64? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        // Up to here a Double holds every millisecond; it is the year 287396.
        return UInt64(min(seconds * 1000, 0x1p53))
    }
}
