/// What the gate asks of requests; a connection takes it anew for each of them.
///
/// A class, so that taking it is no more than a reference.
final class GatePolicy: Sendable {
    let cors: CORSPolicy
    let limits: RequestLimits
    /// Longest body, in bytes.
    let maximumBody: Int

    init(_ configuration: GatewayConfiguration) {
        cors = CORSPolicy(origins: configuration.corsOrigins)
        limits = configuration.requests
        maximumBody = configuration.maxBody
    }
}
