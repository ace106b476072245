/// Everything that is measured; the raw value is the label that metrics backends get.
///
/// In Prometheus's text format counters end in `_total` and times are histograms that end in `_seconds`.
package enum Metric: String, CaseIterable, Sendable {
    case streams = "chat_gateway_streams"
    case rooms = "chat_gateway_rooms"
    case slowStreams = "chat_gateway_slow_streams"
    case backlog = "chat_gateway_backlog"
    case logBytes = "chat_gateway_log_bytes"
    case loopLag = "chat_gateway_loop_lag"
    case passes = "chat_gateway_passes"
    case deliveries = "chat_gateway_deliveries"
    case deliveryTime = "chat_gateway_delivery"
    case posts = "chat_gateway_posts"
    case appendTime = "chat_gateway_append"
    case streamsOpened = "chat_gateway_streams_opened"
    case streamsEnded = "chat_gateway_streams_ended"
    case gaps = "chat_gateway_gaps"
    case limitReached = "chat_gateway_limit_reached"
    case barred = "chat_gateway_requests_barred"
    case stalls = "chat_gateway_broker_stalls"
    case redisUp = "chat_gateway_redis_up"
    case redisLosses = "chat_gateway_redis_losses"
    case redisProbeAge = "chat_gateway_redis_probe_age_seconds"

    /// What it says, in one sentence.
    package var help: String {
        switch self {
        case .streams: "Streams open now, by event loop."
        case .rooms: "Rooms with streams, or left a moment ago, by event loop."
        case .slowStreams: "Streams whose sockets have not taken what was written, by event loop."
        case .backlog: "Rooms and streams that wait for a pass, by event loop."
        case .logBytes: "Memory of the rooms' logs and pages, in bytes, by event loop."
        case .loopLag: "How late an event loop's timer was."
        case .passes: "Passes over the streams of a room that have ended."
        case .deliveries: "Messages written to streams, each stream counted."
        case .deliveryTime: "From a message's append until all streams of its room on an event loop were written to."
        case .posts: "Messages posted, by result."
        case .appendTime: "What the broker took to append a message."
        case .streamsOpened: "Streams that got ready, by where their first page came from."
        case .streamsEnded: "Streams ended, by reason; gone: by the client."
        case .gaps: "Gaps told, by reason."
        case .limitReached: "Refusals for something that a client had too much of."
        case .barred: "Requests of users that an operator has barred."
        case .stalls: "How often the broker could not vouch for completeness, and rooms were read anew."
        case .redisUp: "1 while the links to Redis can be trusted, else 0."
        case .redisLosses: "How often trusted links to Redis were lost."
        case .redisProbeAge: "Time since a probe last came back from Redis, in seconds."
        }
    }
}

extension PrometheusMetrics {
    /// Help texts for everything that a gateway measures.
    public static var gatewayHelp: [(String, String)] { Metric.allCases.map { ($0.rawValue, $0.help) } }
}
