/// One event of a stream, as a browser would dispatch it.
public struct ServerSentEvent: Hashable, Sendable {
    /// The event's name; `message` where it has none of its own.
    public var name: String
    /// Its data; several lines are joined by line feeds.
    public var data: String
    /// The id that holds behind it; empty where there was none yet.
    public var lastEventID: String

    /// Makes an event.
    public init(name: String = "message", data: String, lastEventID: String = "") {
        self.name = name
        self.data = data
        self.lastEventID = lastEventID
    }
}
