public import NIOCore

/// Where tickets wait until they are used, and where nodes find the secret that they share.
///
/// Every call is answered, or refused, within 5 seconds.
public protocol TicketStore: Sendable {
    /// Keeps a value under a name that nobody has used, for a time.
    func keep(_ value: ByteBuffer, as name: String, for time: Duration) async throws(BrokerError)

    /// Takes a value out: whoever comes second finds nothing, on whatever node.
    func take(_ name: String) async throws(BrokerError) -> ByteBuffer?

    /// The secret of all nodes; it is the proposed one from now on where there was none.
    func sharedSecret(proposed: ByteBuffer) async throws(BrokerError) -> ByteBuffer
}
