extension LocalBroker {
    /// What a ``LocalBroker`` keeps at most.
    struct Limits: Sendable {
        /// Of each room.
        var history = HistoryLimits()
        /// Memory of all rooms' messages, in bytes; the oldest messages go first, whatever their room.
        var bytes = 256 * 1024 * 1024
        /// Rooms without retained messages whose last position is remembered; about 300 bytes each.
        var silentRooms = 10_000
        /// How long that position is remembered, in milliseconds since the room's last message.
        var silence: UInt64 = 7 * 24 * 3600 * 1000
        /// How long a repetition key is remembered, in milliseconds.
        var repetitionTime: UInt64 = 5 * 60 * 1000
        /// Repetition keys remembered at one time; about 300 bytes each.
        var repetitions = 500_000
        /// Messages, and bytes of bodies, handed over to whoever begins to follow a room.
        var tail = (count: 64, bytes: 64 * 1024)
    }
}
