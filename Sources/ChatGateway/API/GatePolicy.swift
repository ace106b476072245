/// What the gate asks of requests; a connection takes it anew for each of them.
///
/// A class, so that taking it is no more than a reference.
final class GatePolicy: Sendable {
    let cors: CORSPolicy
    let limits: RequestLimits
    /// Longest body, in bytes.
    let maximumBody: Int
    let maximumRooms: Int
    /// Tells where listeners come from; nil where no limit counts that.
    let addresses: ClientAddresses?

    init(_ configuration: GatewayConfiguration) throws {
        cors = CORSPolicy(origins: configuration.corsOrigins)
        limits = configuration.requests
        maximumBody = configuration.maxBody
        maximumRooms = configuration.maxRooms
        addresses = configuration.clients.streamsPerAddress > 0 ? try ClientAddresses(configuration) : nil
    }
}
