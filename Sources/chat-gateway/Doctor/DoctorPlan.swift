/// Everything an examination does, worked out from the options.
struct DoctorPlan: Sendable {
    var address: GatewayAddress
    /// What tells this run from others.
    var run: String
    var room: String
    var token: String?
    var origin: String?
    var streams: Int
    var idle: Duration
    var wait: Duration
    /// The file with the authorities to trust; nil: the system's.
    var authorities: String?

    /// What the ids of this run's messages begin with.
    var prefix: String { "doctor-\(run)-" }

    /// The URL of the room's stream.
    var streamURL: String { address.url("events", of: room) }

    /// The URL of the room's messages.
    var messagesURL: String { address.url("messages", of: room) }
}
