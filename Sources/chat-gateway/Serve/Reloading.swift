import ChatGateway
import Logging

/// Reads the configuration anew while the node runs, and takes over what can change.
struct Reloading: Sendable {
    /// The flags that the program was started with.
    let flags: ServeFlags
    /// The environment that the program was started with.
    let environment: [String: String]
    /// What the node was started with.
    let started: ServeConfiguration
    /// What the node goes by.
    let live: LiveConfiguration
    /// What was read from the files of certificates.
    let tls: ProcessTLS
    /// What tokens are judged by.
    let auth: ProcessAuth
    /// From which level on is logged.
    let threshold: LogThreshold
    let logger: Logger

    /// Takes over what has changed, or says in one line what is wrong and changes nothing but certificates.
    func run() async {
        // A certificate that has been renewed does not wait for somebody to mend the settings.
        tls.reload(logger: logger)
        let reading = await ConfigurationReading(flags: flags, environment: environment)
        let next: ServeConfiguration
        let keys: ProcessAuth.Keys?
        do {
            next = try reading.get()
            keys = try await auth.read(next.auth)
            try live.reload(next.gateway)
        } catch {
            let reason = "\(error)".split(separator: "\n").joined(separator: "; ")
            return logger.error("Configuration not reloaded, no setting has changed", metadata: ["reason": "\(reason)"])
        }
        threshold.level = next.logLevel
        if let keys { await auth.take(keys) }
        for warning in reading.warnings { logger.warning("\(warning)") }
        let fixed = Setting.all.filter { !$0.isLive && !$0.isSame(started, next) }.map(\.name)
        if !fixed.isEmpty {
            logger.warning(
                "Some settings change only with a restart",
                metadata: ["settings": "\(fixed.joined(separator: ", "))"]
            )
        }
        logger.notice("Configuration reloaded")
    }
}
