import NIOHTTP1

/// What a request is called in log lines and answers: the `X-Request-ID` it came with, or one of ours.
enum RequestID {
    static let header = "X-Request-ID"

    /// Takes an id over if it is 1 to 128 visible ASCII characters, so that it can stand in any log.
    static func of(_ headers: HTTPHeaders) -> String {
        if let given = headers.first(name: header), (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        {
            return given
        }
        return String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
