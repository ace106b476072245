/// A request that publishes in a room, without its payload.
struct PublishRequest {
    /// The head, and the body's beginning.
    let before: [UInt8]
    /// The body's end.
    let after: [UInt8]
}
