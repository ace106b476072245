import ArgumentParser

/// The flags of `serve`, as text: what they mean is the business of ``Setting``.
struct ServeFlags: ParsableArguments {
    @Option(help: .setting("host")) var host: String?
    @Option(help: .setting("port")) var port: String?
    @Option(help: .setting("ops-host")) var opsHost: String?
    @Option(help: .setting("ops-port")) var opsPort: String?
    @Option(help: .setting("ops-key")) var opsKey: String?
    @Option(help: .setting("ops-key-file")) var opsKeyFile: String?
    @Option(help: .setting("tls-cert")) var tlsCert: String?
    @Option(help: .setting("tls-key")) var tlsKey: String?
    @Option(help: .setting("node")) var node: String?
    @Option(help: .setting("redis")) var redis: String?
    @Option(help: .setting("redis-file")) var redisFile: String?
    @Option(help: .setting("redis-ca")) var redisCA: String?
    @Option(help: .setting("redis-cert")) var redisCert: String?
    @Option(help: .setting("redis-key")) var redisKey: String?
    @Option(help: .setting("redis-prefix")) var redisPrefix: String?
    @Option(help: .setting("loops")) var loops: String?
    @Option(help: .setting("default-room")) var defaultRoom: String?
    @Option(help: .setting("history")) var history: String?
    @Option(help: .setting("history-age")) var historyAge: String?
    @Option(help: .setting("history-bytes")) var historyBytes: String?
    @Option(help: .setting("heartbeat")) var heartbeat: String?
    @Option(help: .setting("drain")) var drain: String?
    @Option(help: .setting("slow-limit")) var slowLimit: String?
    @Option(help: .setting("linger")) var linger: String?
    @Option(help: .setting("probe")) var probe: String?
    @Option(help: .setting("max-streams")) var maxStreams: String?
    @Option(help: .setting("max-streams-per-address")) var maxStreamsPerAddress: String?
    @Option(help: .setting("max-streams-per-user")) var maxStreamsPerUser: String?
    @Option(help: .setting("max-rooms")) var maxRooms: String?
    @Option(help: .setting("connect-rate")) var connectRate: String?
    @Option(help: .setting("message-rate-per-user")) var messageRatePerUser: String?
    @Option(help: .setting("message-rate-per-address")) var messageRatePerAddress: String?
    @Option(help: .setting("message-burst")) var messageBurst: String?
    @Option(help: .setting("presence")) var presence: String?
    @Option(help: .setting("presence-limit")) var presenceLimit: String?
    @Option(help: .setting("presence-grace")) var presenceGrace: String?
    @Option(help: .setting("trusted-proxy")) var trustedProxy: [String] = []
    @Option(help: .setting("forwarded-header")) var forwardedHeader: String?
    @Option(help: .setting("max-body")) var maxBody: String?
    @Option(help: .setting("head-limit")) var headLimit: String?
    @Option(help: .setting("head-timeout")) var headTimeout: String?
    @Option(help: .setting("body-timeout")) var bodyTimeout: String?
    @Option(help: .setting("idle-timeout")) var idleTimeout: String?
    @Option(help: .setting("cors-origin")) var corsOrigin: [String] = []
    @Option(help: .setting("log-level")) var logLevel: String?
    @Option(help: .setting("log-format")) var logFormat: String?
    @Option(help: .setting("auth")) var auth: String?
    @Option(help: .setting("jwt-secret")) var jwtSecret: String?
    @Option(help: .setting("jwt-secret-file")) var jwtSecretFile: String?
    @Option(help: .setting("jwt-key-file")) var jwtKeyFile: String?
    @Option(help: .setting("jwt-jwks")) var jwtJwks: String?
    @Option(help: .setting("jwt-audience")) var jwtAudience: String?
    @Option(help: .setting("jwt-issuer")) var jwtIssuer: String?
    @Option(help: .setting("auth-cookie")) var authCookie: String?
    @Option(help: .setting("anonymous-read")) var anonymousRead: [String] = []
    @Option(help: .setting("anonymous-write")) var anonymousWrite: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file of settings: a JSON object whose keys are the flags' names without --.",
            valueName: "file",
        )
    )
    var config: String?
}

extension ServeFlags {
    /// What stands below the help of every command that takes these flags.
    static let discussion = """
        Each flag can also be a variable of the environment, CHAT_GATEWAY_ and its name in capitals with _ for -, \
        or a member of the file that --config names. Flags win over variables, variables over the file.
        """
}

extension ArgumentHelp {
    /// The help of a setting, made from its row in the table.
    fileprivate static func setting(_ name: String) -> ArgumentHelp {
        guard let setting = Setting.all.first(where: { $0.name == name }) else { return "" }
        let standard = setting.standard ?? setting.show(.standard).plain
        return ArgumentHelp(
            "\(setting.summary) (\(setting.allowed); default: \(standard))",
            valueName: setting.placeholder,
        )
    }
}
