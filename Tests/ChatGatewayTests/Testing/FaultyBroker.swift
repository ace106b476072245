import ChatGateway
import NIOCore
import Synchronization

/// A broker that works, but for one fault.
final class FaultyBroker: Broker {
    enum Fault: CaseIterable {
        case losesMessages, repeatsMessages, swapsMessages, forgetsKeys, mixesUpRooms, readsTheWrongEnd,
            hidesThatThereIsMore
        case readsBeyondTheLimit, ignoresUnsubscribe, subscribesTwice, forgetsTheTimeline, cutsBodies, keepsEverything
        case keepsNothingOld, receiptsOfAnotherEpoch, looksUpNothing
    }

    private let broker: LocalBroker
    private let fault: Fault

    init(_ fault: Fault, history: HistoryLimits) {
        self.fault = fault
        let limits =
            switch fault {
            case .keepsEverything: HistoryLimits()
            case .keepsNothingOld: HistoryLimits(count: 2)
            default: history
            }
        broker = LocalBroker(history: limits)
    }

    var status: BrokerStatus { broker.status }

    func run() async throws { try await broker.run() }

    func deliver(to sink: any BrokerSink) { broker.deliver(to: FaultySink(fault, sink)) }

    func subscribe(_ room: Room) {
        if fault == .subscribesTwice { broker.unsubscribe(room) }
        broker.subscribe(room)
    }

    func unsubscribe(_ room: Room, done: @escaping @Sendable () -> Void) {
        if fault == .ignoresUnsubscribe { done() } else { broker.unsubscribe(room, done: done) }
    }

    func append(_ message: Message, to room: Room) async throws(BrokerError) -> Receipt {
        var message = message
        if fault == .forgetsKeys { message.repetitionKey = nil }
        if fault == .cutsBodies { message.body = message.body.getSlice(at: 0, length: 1) ?? message.body }
        let receipt = try await broker.append(message, to: room)
        guard fault == .receiptsOfAnotherEpoch, case .stored(let cursor) = receipt else { return receipt }
        return .stored(Cursor(epoch: .random(), position: cursor.position))
    }

    func repetition(of key: String, in room: Room) async throws(BrokerError) -> Receipt? {
        let receipt = try await broker.repetition(of: key, in: room)
        return fault == .looksUpNothing ? nil : receipt
    }

    func read(_ range: ReadRange, of room: Room) async throws(BrokerError) -> Page {
        var range = range
        if fault == .readsTheWrongEnd { range.end = range.end == .oldest ? .newest : .oldest }
        if fault == .readsBeyondTheLimit { range.limit += 1 }
        var page = try await broker.read(range, of: room)
        if fault == .hidesThatThereIsMore { page.hasMore = false }
        return page
    }

    func top() async throws(BrokerError) -> (timeline: Timeline, top: Position) { try await broker.top() }
}

private final class FaultySink: BrokerSink {
    private struct State {
        var messages = 0
        var kept: BrokerEvent?
        var other: Room?
    }

    private let fault: FaultyBroker.Fault
    private let sink: any BrokerSink
    private let state = Mutex(State())

    init(_ fault: FaultyBroker.Fault, _ sink: any BrokerSink) {
        self.fault = fault
        self.sink = sink
    }

    func receive(_ event: BrokerEvent) {
        for event in state.withLock({ spoil(event, &$0) }) { sink.receive(event) }
    }

    private func spoil(_ event: BrokerEvent, _ state: inout State) -> [BrokerEvent] {
        if case .timeline = event, fault == .forgetsTheTimeline { return [] }
        guard case .message(let room, let entry) = event else { return [event] }
        state.messages += 1
        let isFaulty = state.messages.isMultiple(of: 10)
        defer { state.other = room }
        switch fault {
        case .losesMessages where isFaulty: return []
        case .repeatsMessages where isFaulty: return [event, event]
        case .mixesUpRooms where isFaulty: return [.message(state.other ?? room, entry)]
        case .swapsMessages where isFaulty:
            state.kept = event
            return []
        default:
            guard let kept = state.kept else { return [event] }
            state.kept = nil
            return [event, kept]
        }
    }
}
