/// What a client can have too much of; the raw value is what the metrics call it.
enum Limit: String, CaseIterable, Sendable {
    case streamsPerNode = "streams_per_node"
    case connections
    case streamsPerAddress = "streams_per_address"
    case streamsPerUser = "streams_per_user"
    case connectRate = "connect_rate"
    case messageRatePerUser = "message_rate_per_user"
    case messageRatePerAddress = "message_rate_per_address"
    case roomsPerStream = "rooms_per_stream"
    case headSize = "head_size"
    case headTime = "head_time"
    case bodySize = "body_size"
    case bodyTime = "body_time"
    case idleTime = "idle_time"
}
