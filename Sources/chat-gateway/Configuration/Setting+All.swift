import ChatGateway
import ChatGatewayRedis

extension Setting {
    /// Every setting of `serve`, in the order of the help.
    static let all = node + auth

    /// The settings of the node itself and of what it stands on.
    private static let node: [Setting] = [
        .text(
            "host",
            \.host,
            \.gateway.host,
            placeholder: "host",
            rule: .host,
            "Address of the public listener."
        ),
        .integer(
            "port",
            \.port,
            \.gateway.port,
            in: 0...65_535,
            "Port of the public listener; 0: the kernel chooses."
        ),
        .text(
            "ops-host",
            \.opsHost,
            \.gateway.opsHost,
            placeholder: "host",
            rule: .host,
            "Address of the ops listener, which must not be reachable from outside."
        ),
        .integer(
            "ops-port",
            \.opsPort,
            \.gateway.opsPort,
            in: 0...65_535,
            "Port of the ops listener; 0: the kernel chooses."
        ),
        opsKey,
        file(of: opsKey, \.opsKeyFile),
        .file(
            "tls-cert",
            \.tlsCert,
            \.certificate,
            allowed: "a PEM file",
            standard: "none, the public listener speaks plain HTTP",
            "Certificate of the public listener, which then speaks HTTPS; read again on SIGHUP."
        ),
        .file(
            "tls-key",
            \.tlsKey,
            \.certificateKey,
            allowed: "a PEM file",
            standard: "in the file of tls-cert",
            "Private key of that certificate."
        ),
        .text(
            "node",
            \.node,
            \.gateway.node,
            placeholder: "name",
            rule: .node,
            standard: "a random one",
            "The node's name."
        ),
        redis,
        file(of: redis, \.redisFile),
        .file(
            "redis-ca",
            \.redisCA,
            \.redisTLS.authorities,
            allowed: "a PEM file",
            standard: "the system's authorities",
            "Authorities that a certificate of Redis must come from, with rediss://."
        ),
        .file(
            "redis-cert",
            \.redisCert,
            \.redisTLS.certificate,
            allowed: "a PEM file",
            standard: "none",
            "Certificate to show to Redis, with rediss://."
        ),
        .file(
            "redis-key",
            \.redisKey,
            \.redisTLS.key,
            allowed: "a PEM file",
            standard: "in the file of redis-cert",
            "Private key of that certificate."
        ),
        .text(
            "redis-prefix",
            \.redisPrefix,
            \.redisPrefix,
            placeholder: "prefix",
            rule: .prefix,
            "What the names of all keys and channels in Redis begin with."
        ),
        .integer(
            "loops",
            \.loops,
            \.loops,
            in: 1...1024,
            standard: "the number of cores",
            "Event loops, each with a thread of its own."
        ),
        .text(
            "default-room",
            \.defaultRoom,
            \.gateway.defaultRoom,
            placeholder: "room",
            rule: .room,
            "The room of /chat."
        ),
        .integer(
            "history",
            \.history,
            \.gateway.history.count,
            in: 1...1_000_000,
            "Messages kept of each room."
        ),
        .duration(
            "history-age",
            \.historyAge,
            \.gateway.history.age,
            in: .seconds(1)...(.seconds(30 * 86_400)),
            "How long messages are kept."
        ),
        .integer(
            "history-bytes",
            \.historyBytes,
            \.gateway.history.bytes,
            in: 1024...1_073_741_824,
            "Bytes of messages kept of each room."
        ),
        .duration(
            "heartbeat",
            \.heartbeat,
            \.gateway.heartbeat,
            in: .milliseconds(100)...(.seconds(3600)),
            "Silence on a stream after which a comment line is sent."
        ),
        .duration(
            "drain",
            \.drain,
            \.gateway.drain,
            in: .zero...(.seconds(600)),
            "Over how long a stopping node spreads the end of its streams."
        ),
        .duration(
            "slow-limit",
            \.slowLimit,
            \.gateway.slowLimit,
            in: .milliseconds(100)...(.seconds(3600)),
            "After how long a stream whose socket takes nothing is ended."
        ),
        .duration(
            "linger",
            \.linger,
            \.gateway.linger,
            in: .zero...(.seconds(3600)),
            "How long a room without streams stays subscribed."
        ),
        .duration(
            "probe",
            \.probe,
            \.probe,
            in: .milliseconds(100)...(.seconds(60)),
            "How often the way through Redis is tried."
        ),
        .integer(
            "max-streams",
            \.maxStreams,
            \.gateway.maxStreams,
            in: 1...10_000_000,
            standard: "the descriptor limit less 1,000",
            "Streams this node holds at most."
        )
        .live,
        .integer(
            "max-streams-per-address",
            \.maxStreamsPerAddress,
            \.gateway.clients.streamsPerAddress,
            in: 0...10_000_000,
            "Streams of one client address on this node; 0: no limit."
        )
        .live,
        .integer(
            "max-streams-per-user",
            \.maxStreamsPerUser,
            \.gateway.clients.streamsPerUser,
            in: 0...10_000_000,
            "Streams of one user on this node; 0: no limit."
        )
        .live,
        .integer(
            "max-rooms",
            \.maxRooms,
            \.gateway.maxRooms,
            in: 1...100,
            "Rooms of one stream at most."
        )
        .live,
        .integer(
            "connect-rate",
            \.connectRate,
            \.gateway.clients.connectRate,
            in: 0...1_000_000,
            "Streams that may begin on this node in a second; 0: no limit."
        )
        .live,
        .integer(
            "message-rate-per-user",
            \.messageRatePerUser,
            \.gateway.clients.messageRatePerUser,
            in: 0...1_000_000,
            "Messages of one authenticated user in a second, on all nodes together; 0: no limit."
        )
        .live,
        .integer(
            "message-rate-per-address",
            \.messageRatePerAddress,
            \.gateway.clients.messageRatePerAddress,
            in: 0...1_000_000,
            "Messages from one client address in a second, on all nodes together; 0: no limit."
        )
        .live,
        .integer(
            "message-burst",
            \.messageBurst,
            \.gateway.clients.messageBurst,
            in: 1...1_000_000,
            "Messages that may come at once where their rate is limited."
        )
        .live,
        .choice(
            "presence",
            \.presence,
            \.gateway.presence,
            "Whether it is noted and told who is in which room."
        ),
        .integer(
            "presence-limit",
            \.presenceLimit,
            \.gateway.presenceLimit,
            in: 0...1_000,
            "Users of a room whose names are told; with more of them only the number of streams is."
        ),
        .duration(
            "presence-grace",
            \.presenceGrace,
            \.gateway.presenceGrace,
            in: .zero...(.seconds(60)),
            "How long a user whose last stream has ended counts as one who comes back."
        ),
        .list(
            "trusted-proxy",
            \.trustedProxy,
            \.gateway.trustedProxies,
            placeholder: "block",
            rule: .network,
            standard: "none",
            "Addresses of proxies that may tell whose request they pass on; repeatable."
        )
        .live,
        .choice(
            "forwarded-header",
            \.forwardedHeader,
            \.gateway.forwardedHeader,
            "The header field in which they tell it."
        )
        .live,
        .integer(
            "max-body",
            \.maxBody,
            \.gateway.maxBody,
            in: 1...1_048_576,
            "Longest body of a request, in bytes."
        )
        .live,
        .integer(
            "head-limit",
            \.headLimit,
            \.gateway.requests.headBytes,
            in: 1024...65_536,
            "Longest head of a request, target included, in bytes."
        )
        .live,
        .duration(
            "head-timeout",
            \.headTimeout,
            \.gateway.requests.headTimeout,
            in: .milliseconds(100)...(.seconds(600)),
            "Time for the head of a request to arrive."
        )
        .live,
        .duration(
            "body-timeout",
            \.bodyTimeout,
            \.gateway.requests.bodyTimeout,
            in: .milliseconds(100)...(.seconds(600)),
            "Time for the body of a request to arrive."
        )
        .live,
        .duration(
            "idle-timeout",
            \.idleTimeout,
            \.gateway.requests.idleTimeout,
            in: .milliseconds(100)...(.seconds(3600)),
            "How long a connection may stay without a request."
        )
        .live,
        .list(
            "cors-origin",
            \.corsOrigin,
            \.gateway.corsOrigins,
            placeholder: "origin",
            rule: .origin,
            standard: "none",
            "Origin that may use the gateway from its own pages, or * for any; repeatable."
        )
        .live,
        .choice(
            "log-level",
            \.logLevel,
            \.logLevel,
            "What is logged: this and everything more severe."
        )
        .live,
        .choice(
            "log-format",
            \.logFormat,
            \.logFormat,
            "How a log record is written."
        ),
    ]

    private static let opsKey =
        Setting.secret(
            "ops-key",
            \.opsKey,
            \.gateway.opsKey,
            rule: .key,
            "What the ops listener wants to be shown, as a bearer token, for all but /livez and /readyz."
        )
        .live

    private static let redis = Setting(
        name: "redis",
        flag: .single(\.redis),
        placeholder: "url",
        summary: "The Redis that connects the nodes.",
        allowed: "redis://[[user]:password@]host[:port][/database], or rediss:// for TLS",
        standard: "none, an embedded broker for a single node",
        isSecret: true,
        type: .string,
        take: { content, configuration throws(Unfit) in
            do throws(RedisURLError) {
                configuration.redis = try RedisURL(content.text)
                configuration.secretFiles["redis"] = nil
            } catch {
                throw Unfit(reason: error.description)
            }
        },
        show: { configuration in
            guard let url = configuration.redis else { return .null }
            return .string(url.description)
        },
        hidesChange: { $0.redis != $1.redis },
    )
}
