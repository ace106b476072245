import ChatGateway
import ChatGatewayRedis
import Logging
import NIOCore

/// What `serve` runs with: the node's own configuration, its broker, and the process around both.
struct ServeConfiguration: Sendable {
    /// The node itself.
    var gateway: GatewayConfiguration
    /// Where secrets were read from, by the names of their settings.
    var secretFiles: [String: String] = [:]
    /// The Redis to use; nil for the embedded broker.
    var redis: RedisURL?
    /// Whom to trust, and what to show, where Redis is reached by TLS.
    var redisTLS = RedisTLS.Files()
    /// The file of the public listener's certificate; nil for plain HTTP.
    var certificate: String?
    /// The file of its key; nil where that is in the certificate's.
    var certificateKey: String?
    /// What the names of all keys and channels in Redis begin with.
    var redisPrefix = "cg"
    /// How often the way through Redis is tried.
    var probe: Duration = .seconds(1)
    /// How many event loops carry the node's connections.
    var loops = System.coreCount
    /// What is logged: this and everything more severe.
    var logLevel = Logger.Level.notice
    /// How a log record is written.
    var logFormat = LogFormat.text

    /// Who may do what.
    var auth = AuthConfiguration()

    /// What holds where nobody says otherwise.
    static let standard = ServeConfiguration()

    /// Makes the configuration of a node that was told nothing.
    private init() {
        gateway = GatewayConfiguration()
        gateway.version = version
        gateway.maxStreams = DescriptorLimit.streams
        gateway.maxConnections = DescriptorLimit.connections
    }
}

extension ServeConfiguration {
    /// Two settings that are fine alone but cannot be had together.
    struct Contradiction: Hashable {
        /// The names of both.
        var settings: [String]
        /// Why not.
        var reason: String
    }

    /// Looks for settings that exclude each other.
    var contradictions: [Contradiction] {
        var found: [Contradiction] = []
        let wildcards: Set = ["0.0.0.0", "::"]
        let shareAddress =
            gateway.host == gateway.opsHost || !wildcards.isDisjoint(with: [gateway.host, gateway.opsHost])
        if gateway.port != 0, gateway.port == gateway.opsPort, shareAddress {
            found.append(
                Contradiction(
                    settings: ["ops-port", "port"],
                    reason: "the public and the ops listener cannot share port \(gateway.port)",
                )
            )
        }
        if certificate == nil, certificateKey != nil {
            found.append(Contradiction(settings: ["tls-key"], reason: "a key is of no use without tls-cert"))
        }
        if redisTLS != RedisTLS.Files(), redis?.isSecure != true {
            found.append(
                Contradiction(
                    settings: ["redis-ca", "redis-cert", "redis-key", "redis"],
                    reason: "certificates are of no use without a Redis whose URL begins with rediss://",
                )
            )
        }
        if redisTLS.certificate == nil, redisTLS.key != nil {
            found.append(Contradiction(settings: ["redis-key"], reason: "a key is of no use without redis-cert"))
        }
        if gateway.history.bytes < gateway.maxBody {
            found.append(
                Contradiction(
                    settings: ["history-bytes", "max-body"],
                    reason: "the history of a room (history-bytes, \(gateway.history.bytes)) "
                        + "must have space for the longest body (max-body, \(gateway.maxBody))",
                )
            )
        }
        if auth.mode == .jwt, auth.secret == nil, auth.secretFile == nil, auth.keyFile == nil, auth.keySet == nil {
            found.append(
                Contradiction(
                    settings: ["auth"],
                    reason: "tokens need a key: jwt-secret, jwt-secret-file, jwt-key-file or jwt-jwks",
                )
            )
        }
        if auth.secret != nil, auth.secretFile != nil {
            found.append(
                Contradiction(
                    settings: ["jwt-secret", "jwt-secret-file"],
                    reason: "the secret cannot stand in two places",
                )
            )
        }
        if gateway.opsKey == nil, !gateway.isOpsLocal {
            found.append(
                Contradiction(
                    settings: ["ops-host"],
                    reason: "the ops listener would be open to others: give it a key with --ops-key-file or --ops-key",
                )
            )
        }
        return found
    }
}
