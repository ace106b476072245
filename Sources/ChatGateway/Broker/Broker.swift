public import NIOCore
public import ServiceLifecycle

/// What carries messages between nodes and keeps each room's log.
///
/// A broker promises:
/// - *One order.* ``append(_:to:)`` gives every message a position; positions strictly increase over all rooms, also
///   across restarts of whatever the broker stands on.
/// - *Stored before acknowledged.* When ``append(_:to:)`` returns, the message is in the log.
/// - *Once.* A message with a repetition key that was appended in the last 5 minutes is not appended again.
/// - *Told.* The sink hears of every message of a subscribed room, in order of position over all rooms, without a hole;
///   where the broker cannot vouch for that any more it says ``BrokerEvent/stalled`` first, and repairs the room before
///   it says ``BrokerEvent/whole(_:clock:)`` again.
/// - *Never late.* Each call that waits is answered, or refused, within 5 seconds.
///
/// Events reach the sink one after the other; the sink must not block and must not call back into the broker.
/// The conformance suite in ChatGatewayTesting checks all of it against a running broker.
public protocol Broker: Service {
    /// Sets who hears of messages; called once, before `run()`.
    func deliver(to sink: any BrokerSink)

    /// Asks for a room's messages. Returns at once; ``BrokerEvent/read(_:entries:restart:)`` and
    /// ``BrokerEvent/whole(_:clock:)`` follow, and from then on every message. Without effect on a subscribed room.
    func subscribe(_ room: Room)

    /// Ends what ``subscribe(_:)`` began. Returns at once; events already under way may still arrive until `done` is
    /// called, once, from wherever the broker works.
    func unsubscribe(_ room: Room, done: @escaping @Sendable () -> Void)

    /// Gives the message a position, stores it in the room's log and sends it to every node that wants the room, in one
    /// atomic step.
    func append(_ message: Message, to room: Room) async throws(BrokerError) -> Receipt

    /// Looks a message up that was appended in the last 5 minutes with a repetition key; nil where there is none.
    ///
    /// - Returns: What ``append(_:to:)`` would say of its repetition: ``Receipt/repeated(_:body:)``.
    func repetition(of key: String, in room: Room) async throws(BrokerError) -> Receipt?

    /// Reads what is retained of a room's log.
    func read(_ range: ReadRange, of room: Room) async throws(BrokerError) -> Page

    /// Asks the broker itself, not this node's memory, for its timeline and the highest position it has given.
    ///
    /// One answer may serve several callers, if it was asked for after the first of them called.
    func top() async throws(BrokerError) -> (timeline: Timeline, top: Position)

    /// Whether the broker can take and carry messages now, as its own probe through the whole way has shown.
    var status: BrokerStatus { get }
}

/// Who hears of what the broker carries: the fan-out.
public protocol BrokerSink: Sendable {
    /// Takes one event over. Called by one thread at a time, in order; must not block.
    func receive(_ event: BrokerEvent)
}

/// What a broker tells its sink.
///
/// A *whole* room is complete up to the broker's clock: the highest position that arrived on the way from the broker.
public enum BrokerEvent: Hashable, Sendable {
    /// The next message of a whole room; nothing of the room stands between it and what came before.
    case message(Room, Entry)
    /// The clock moved on without a message.
    case clock(Position)
    /// What was read of a room that is not whole. Without `restart` the entries continue what the sink has of the room.
    /// With it everything the sink has of the room is void, and its log begins anew: nothing up to `restart` is known,
    /// the entries follow.
    case read(Room, entries: [Entry], restart: Position?)
    /// The room is complete up to the clock, and stays so until ``stalled``.
    case whole(Room, clock: Position)
    /// The way from the broker is lost: no room is whole any more; each that was stays complete up to the clock.
    case stalled
    /// The broker's history, at the start and whenever it has changed. No room is whole at that moment.
    case timeline(Timeline)
}

extension Broker {
    /// Ends what ``subscribe(_:)`` began.
    public func unsubscribe(_ room: Room) {
        unsubscribe(room) {}
    }
}

/// What ``Broker/append(_:to:)`` says of a stored message.
public enum Receipt: Hashable, Sendable {
    /// The message is new and stands in the log at the cursor.
    case stored(Cursor)
    /// A message with this repetition key is in the log already; the body is nil where it is no longer retained.
    case repeated(Cursor, body: ByteBuffer?)
}

/// Whether a broker can do its work now.
public enum BrokerStatus: Hashable, Sendable {
    /// Messages can be stored and arrive.
    case ready
    /// Not now; why, in one phrase without secrets.
    case away(String)
}
