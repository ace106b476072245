/// When the streams of a loop are to be looked at, so that a tick costs nothing for those whose turn it is not.
///
/// Each stream has one turn; giving one, moving it and taking it away cost the same however many streams there are.
struct Rota {
    /// A stream's turn; it may be over.
    struct Turn {
        fileprivate(set) var tick: UInt32 = 0
        fileprivate var index: UInt32 = 0
    }

    private var turns: [UInt32: [EventStream]] = [:]

    /// Gives a stream its turn, in place of the one it has.
    mutating func set(_ stream: EventStream, at tick: UInt32) {
        remove(stream)
        let index = turns[tick, default: []].count
        turns[tick, default: []].append(stream)
        stream.turn = Turn(tick: tick, index: UInt32(index))
    }

    /// Takes a stream's turn away; nothing happens where that is over.
    mutating func remove(_ stream: EventStream) {
        let (tick, index) = (stream.turn.tick, Int(stream.turn.index))
        guard let count = turns[tick]?.count, index < count, turns[tick]?[index] === stream,
            let last = turns[tick]?.popLast(), last !== stream
        else { return }
        turns[tick]?[index] = last
        last.turn.index = UInt32(index)
    }

    /// The streams whose turn will come at a tick, as things stand.
    func due(at tick: UInt32) -> [EventStream] { turns[tick] ?? [] }

    /// The streams whose turn it is; their turns are over.
    mutating func take(at tick: UInt32) -> [EventStream] {
        turns.removeValue(forKey: tick) ?? []
    }
}
