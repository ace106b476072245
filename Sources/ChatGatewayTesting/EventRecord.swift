import ChatGateway

/// What a sink has heard of a broker, and where that broke the rules of ``Broker`` and ``BrokerEvent``.
public struct EventRecord: Sendable {
    /// What was heard of one room.
    public struct RoomRecord: Sendable {
        /// The room's messages since its log began anew, each once.
        public fileprivate(set) var entries: [Entry] = []
        /// Up to where nothing is known of the room; nil before the first reading.
        public fileprivate(set) var restart: Position?
        /// Whether the room is whole.
        public fileprivate(set) var isWhole = false
        /// How often the room became whole.
        public fileprivate(set) var wholes = 0
        fileprivate var wasRead = false
        fileprivate var isAbandoned = false
        /// How often the room was abandoned without a reading behind it: so many may come although it is whole, because
        /// an earlier subscription's events may arrive behind its end.
        fileprivate var pardons = 0

        /// The position of the last message heard of, or ``restart``.
        public var last: Position? { entries.last?.position ?? restart }
    }

    /// What was heard of each room.
    public private(set) var rooms: [Room: RoomRecord] = [:]
    /// The histories, in the order in which they were told.
    public private(set) var timelines: [Timeline] = []
    /// The highest position heard of.
    public private(set) var clock: Position = .zero
    /// How often the way was lost.
    public private(set) var stalls = 0
    /// How many events came.
    public private(set) var count = 0
    /// Each rule that was broken, and by which event.
    public private(set) var violations: [String] = []

    /// The messages of a room, as far as they are known.
    public func entries(of room: Room) -> [Entry] { rooms[room]?.entries ?? [] }

    /// Whether a room is whole.
    public func isWhole(_ room: Room) -> Bool { rooms[room]?.isWhole ?? false }

    /// The room is being unsubscribed: what still arrives of it counts no more, until it is read again.
    mutating func abandon(_ room: Room) {
        rooms[room, default: RoomRecord()].isAbandoned = true
        rooms[room]?.pardons += 1
        rooms[room]?.isWhole = false
        rooms[room]?.wasRead = false
    }

    /// Takes an event down.
    mutating func take(_ event: BrokerEvent) {
        count += 1
        if timelines.isEmpty {
            guard case .timeline = event else { return violate("the first event is no timeline", event) }
        }
        switch event {
        case .timeline(let timeline):
            if rooms.values.contains(where: \.isWhole) { violate("a timeline while a room is whole", event) }
            timelines.append(timeline)
            clock = .zero
        case .stalled:
            stalls += 1
            for room in rooms.keys {
                rooms[room]?.isWhole = false
                rooms[room]?.wasRead = false
            }
        case .clock(let position): advance(to: position, event)
        case .read(let room, let entries, let restart): read(room, entries, restart, event)
        case .whole(let room, let position): becameWhole(room, position, event)
        case .message(let room, let entry): message(room, entry, event)
        }
    }

    private mutating func read(_ room: Room, _ entries: [Entry], _ restart: Position?, _ event: BrokerEvent) {
        var record = rooms.removeValue(forKey: room) ?? RoomRecord()
        if record.isWhole {
            if record.pardons == 0 { violate("a reading of a room that is whole", event) }
            record.pardons = max(0, record.pardons - 1)
            record.isWhole = false
        }
        record.isAbandoned = false
        record.wasRead = true
        if let restart {
            record.entries = []
            record.restart = restart
        } else if record.last == nil {
            violate("a reading without restart of a room that was never read", event)
        }
        for entry in entries {
            checkChain(entry, behind: record.last ?? .zero, event)
            record.entries.append(entry)
        }
        rooms[room] = record
    }

    private mutating func becameWhole(_ room: Room, _ position: Position, _ event: BrokerEvent) {
        guard rooms[room]?.isAbandoned != true else { return }
        guard rooms[room]?.wasRead == true else { return violate("whole without a reading", event) }
        if isWhole(room) { violate("whole twice", event) }
        if let last = rooms[room]?.last, last > position { violate("whole up to before the last message", event) }
        if position < clock { violate("a clock that goes back from \(clock)", event) }
        clock = max(clock, position)
        rooms[room]?.isWhole = true
        rooms[room]?.wholes += 1
    }

    private mutating func message(_ room: Room, _ entry: Entry, _ event: BrokerEvent) {
        if rooms[room]?.isAbandoned == true { return }
        guard isWhole(room) else { return violate("a message of a room that is not whole", event) }
        checkChain(entry, behind: rooms[room]?.last ?? .zero, event)
        if entry.position <= clock { violate("a message at or before the clock, \(clock)", event) }
        clock = max(clock, entry.position)
        rooms[room]?.entries.append(entry)
    }

    private mutating func advance(to position: Position, _ event: BrokerEvent) {
        if position < clock { violate("a clock that goes back from \(clock)", event) }
        clock = max(clock, position)
    }

    private mutating func checkChain(_ entry: Entry, behind last: Position, _ event: BrokerEvent) {
        if entry.position <= last { violate("a message at or before the room's last, \(last)", event) }
        if entry.previous >= entry.position { violate("a message before its previous one", event) }
        if entry.previous != last, !entry.previousIsBound { violate("a hole behind \(last)", event) }
    }

    private mutating func violate(_ rule: String, _ event: BrokerEvent) {
        guard violations.count < 20 else { return }
        violations.append("\(rule): event \(count), \(Self.describe(event))")
    }

    private static func describe(_ event: BrokerEvent) -> String {
        switch event {
        case .message(let room, let entry): "message \(entry.position) behind \(entry.previous) in \(room)"
        case .read(let room, let entries, let restart):
            "reading of \(room): \(entries.count) entries, restart \(restart.map(String.init(describing:)) ?? "none")"
        case .whole(let room, let clock): "\(room) whole up to \(clock)"
        case .clock(let position): "clock \(position)"
        case .stalled: "stalled"
        case .timeline(let timeline): "timeline \(timeline.epoch)"
        }
    }
}
