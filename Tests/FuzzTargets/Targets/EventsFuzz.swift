import NIOCore

@testable import ChatGateway
@testable import chat_gateway

/// What is written to a stream is read as the same events, whatever texts are in them; and the load tester's scanner
/// reads them so too, wherever the bytes are cut.
enum EventsFuzz {
    /// What a listener must get.
    private struct Expected {
        var type: String
        var data: JSONDocument?
        var id: Cursor?
        var hasRetry = false
    }

    private static let maximumEvents = 16

    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let cut = Int(input.byte()) << 8 | Int(input.byte())
        scan(bytes, cut: cut)

        var stream: [UInt8] = []
        var expected: [Expected] = []
        while !input.isEmpty, expected.count < maximumEvents {
            let (event, what) = next(&input)
            stream += event.readableBytesView
            if let what { expected.append(what) }
        }
        guard let events = EventStreamReader.events(stream) else {
            return check(false, "a browser would skip something")
        }
        check(events.count == expected.count, "\(events.count) events of \(expected.count)")
        for (event, expected) in zip(events, expected) {
            check(event.type == expected.type, "\(event.type) instead of \(expected.type)")
            check(
                expected.data != nil && JSONDocument(event.data) == expected.data,
                "the data of \(event.type) is another"
            )
            check(event.id == expected.id?.description, "the id of \(event.type) is another: \(event.id ?? "none")")
            check((event.retry != nil) == expected.hasRetry, "retry of \(event.type): \(event.retry ?? -1)")
        }
        check(scan(stream, cut: cut) == events, "the load tester reads other events")
    }

    /// Draws an event, and what a listener must get of it; a heartbeat is none.
    private static func next(_ input: inout FuzzInput) -> (ByteBuffer, Expected?) {
        let kind = input.byte()
        let position = Position(milliseconds: input.number() % (1 << 53), sequence: input.number() % (1 << 53))
        let epoch = Epoch("e\(input.byte())") ?? .random()
        let cursor = Cursor(epoch: epoch, position: position)
        switch kind % 5 {
        case 0: return message(&input, cursor)
        case 1: return ready(&input, cursor)
        case 2:
            let room = room(&input)
            let reason = GapReason.allCases[Int(input.byte()) % GapReason.allCases.count]
            let data = JSONDocument.object([.init("room", room.name), .init("reason", reason.rawValue)])
            return (
                StreamEvents.gap(room: room, reason: reason, id: cursor), Expected(type: "gap", data: data, id: cursor)
            )
        case 3:
            let reason = EndReason.allCases[Int(input.byte()) % EndReason.allCases.count]
            let presented: StreamRequest.Presented = input.byte() & 1 == 0 ? .unreadable : .cursor(cursor)
            let data = JSONDocument.object([
                .init("reason", reason.rawValue),
                .init(Array("reconnect".unicodeScalars), .literal("\(reason.reconnects)")),
            ])
            let id = presented == .unreadable ? nil : cursor
            return (
                StreamEvents.bye(reason, presented: presented),
                Expected(type: "bye", data: data, id: id, hasRetry: true)
            )
        default: return (StreamEvents.heartbeat, nil)
        }
    }

    /// A message as it comes about: posted, stamped, stored, framed.
    private static func message(_ input: inout FuzzInput, _ cursor: Cursor) -> (ByteBuffer, Expected?) {
        let (room, user) = (room(&input), input.text())
        var posted = ByteBuffer(string: "{\r\n\"text\" :\t")
        posted.writeJSONString(input.text())
        posted.writeString("\r\n\r\n}\n")
        guard let body = try? MessageBody(parsing: posted) else { fatalError("FOUND: a text makes no message") }
        let stamped = body.stamped(id: "i", room: room, time: input.number(), user: user)
        let entry = Entry(position: cursor.position, previous: .zero, body: stamped)
        let frame = Frame(entry, epoch: cursor.epoch, previous: .zero)
        return (frame.bytes, Expected(type: "message", data: JSONDocument(stamped.readableBytesView), id: cursor))
    }

    private static func ready(_ input: inout FuzzInput, _ cursor: Cursor) -> (ByteBuffer, Expected?) {
        let (node, stream) = (input.text(), input.text())
        var states: [StreamEvents.RoomState] = []
        for _ in 0..<Int(input.byte() % 4) {
            let room = room(&input)
            guard !states.contains(where: { $0.room == room }) else { continue }
            let flags = input.byte()
            states.append(
                .init(room: room, isResumed: flags & 1 == 0, replayed: Int(flags >> 2), hasMore: flags & 2 == 0)
            )
        }
        let resume = input.byte() & 1 == 0 ? nil : input.text()
        let event = StreamEvents.ready(
            retry: 1500,
            node: node,
            stream: stream,
            rooms: states,
            id: cursor,
            resume: resume
        )

        let rooms = states.map { state in
            var about: [JSONDocument.Member] = [
                .init(Array("resumed".unicodeScalars), .literal("\(state.isResumed)")),
                .init(Array("replayed".unicodeScalars), .number(Array("\(state.replayed)".unicodeScalars))),
            ]
            if state.hasMore { about.append(.init(Array("more".unicodeScalars), .literal("true"))) }
            return JSONDocument.Member(Array(state.room.name.unicodeScalars), .object(about))
        }
        var data: [JSONDocument.Member] = [
            .init("node", node), .init("stream", stream), .init(Array("rooms".unicodeScalars), .object(rooms)),
        ]
        if let resume { data.append(.init("resume", resume)) }
        return (event, Expected(type: "ready", data: .object(data), id: cursor, hasRetry: true))
    }

    private static func room(_ input: inout FuzzInput) -> Room {
        guard let room = Room(input.text()) ?? Room("\u{301}") else { fatalError("no room at all") }
        return room
    }

    /// The events that the load tester finds, whole and in two pieces: cut everywhere where the stream is short.
    @discardableResult
    private static func scan(_ bytes: [UInt8], cut: Int) -> [EventStreamReader.Event] {
        let whole = scan([bytes])
        let cuts = bytes.count <= 64 ? Array(bytes.indices) : [cut % bytes.count]
        for cut in cuts {
            check(
                scan([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole,
                "cut at byte \(cut) the events are others"
            )
        }
        return whole
    }

    private static func scan(_ pieces: [[UInt8]]) -> [EventStreamReader.Event] {
        var events: [EventStreamReader.Event] = []
        var carry: [UInt8] = []
        for piece in pieces {
            carry += piece
            let consumed = carry.withUnsafeBytes { bytes in
                var scanner = EventScanner(bytes)
                while let block = scanner.next() {
                    events.append(
                        EventStreamReader.Event(
                            type: block.name.isEmpty ? "message" : String(decoding: bytes[block.name], as: UTF8.self),
                            data: Array(bytes[block.data]),
                            id: block.id.isEmpty ? nil : String(decoding: bytes[block.id], as: UTF8.self),
                            retry: block.retryMilliseconds
                        )
                    )
                }
                return scanner.consumed
            }
            check((0...carry.count).contains(consumed), "\(consumed) bytes consumed of \(carry.count)")
            carry.removeFirst(consumed)
        }
        return events
    }
}
