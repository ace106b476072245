/// Whether a node should be sent work: what `/readyz` says.
struct Readiness: Sendable {
    let broker: any Broker
    let limits: StreamLimits

    /// Why not, in one phrase; nil where the node is ready.
    var reasonAgainst: String? {
        if limits.isDraining { return "draining" }
        if case .away(let reason) = broker.status { return reason }
        return nil
    }
}
