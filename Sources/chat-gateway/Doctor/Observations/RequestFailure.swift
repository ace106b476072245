import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why a request got no answer, or a stream ended before its end.
enum RequestFailure: Error, Hashable, CustomStringConvertible {
    /// No name server knows the host.
    case unknownHost
    /// There is no connection, for this reason of the system's.
    case noConnection(String)
    /// The certificate is of nobody that is trusted, or no longer good.
    case untrusted
    /// The certificate is good for other names.
    case otherName
    /// TLS does not come about.
    case tls(String)
    /// No answer in time.
    case silent
    /// What comes is not HTTP.
    case notHTTP
    /// The connection was closed before the end.
    case closed
    /// More comes than anybody needs.
    case endless
    /// Something else.
    case other(String)

    init(_ error: any Error) {
        switch error {
        case let error as RequestFailure: self = error
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: self = .unknownHost
        case is NIOConnectionError: self = .noConnection(SystemErrorText.of(error))
        case ChannelError.connectTimeout: self = .noConnection("no connection in time")
        case let error as HTTPClientError: self = Self.of(error)
        case let error as IOError where ![ECONNRESET, EPIPE].contains(error.errnoCode):
            self = .noConnection(SystemErrorText.of(error))
        case is IOError, ChannelError.ioOnClosedChannel, ChannelError.eof, HTTPParserError.invalidEOFState,
            NIOSSLError.uncleanShutdown:
            self = .closed
        case is HTTPParserError: self = .notHTTP
        case let error as NIOSSLExtraError where [Self.hostname, Self.address].contains(error): self = .otherName
        case is NIOSSLError, is BoringSSLError:
            let text = "\(error)"
            self = text.contains("CERTIFICATE_VERIFY_FAILED") ? .untrusted : .tls(text)
        default: self = .other("\(error)")
        }
    }

    private static let hostname = NIOSSLExtraError.failedToValidateHostname
    private static let address = NIOSSLExtraError.serverHostnameImpossibleToMatch

    private static func of(_ error: HTTPClientError) -> RequestFailure {
        switch error {
        case .connectTimeout: .noConnection("no connection in time")
        case .tlsHandshakeTimeout: .tls("no answer in time")
        case .remoteConnectionClosed: .closed
        default: .other(error.shortDescription)
        }
    }

    var description: String {
        switch self {
        case .unknownHost: "no such host"
        case .noConnection(let reason): reason
        case .untrusted: "the certificate is not trusted"
        case .otherName: "the certificate is for other names"
        case .tls(let reason): "TLS fails: \(Check.quoted(reason))"
        case .silent: "no answer in time"
        case .notHTTP: "the answer is not HTTP"
        case .closed: "the connection was closed"
        case .endless: "the answer does not end"
        case .other(let reason): Check.quoted(reason)
        }
    }
}
