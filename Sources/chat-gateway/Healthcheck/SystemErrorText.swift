import Foundation
import NIOCore
import NIOPosix

/// What went wrong with a socket, in one short phrase.
enum SystemErrorText {
    /// The system's own words where it has some.
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { of($0.error) } ?? "unknown host \(error.host)"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no connection in time"
        default: "\(error)"
        }
    }
}
