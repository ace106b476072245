/// What a stream showed while nobody posted anything.
struct Silence: Equatable, Sendable {
    var stream: StreamRecord
    /// When it was ready.
    var begin: Duration
    /// When it ended, or was held long enough.
    var end: Duration
}
