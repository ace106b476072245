import ChatGateway
import NIOCore

extension BrokerConformance {
    func timelineComesFirst(_ stage: BrokerStage) async throws {
        let room = try stage.room("timeline")
        try await stage.subscribe([room])
        let message = Message(body: ByteBuffer(string: "{}"))
        guard case .stored(let cursor) = try await stage.broker.append(message, to: room) else {
            throw ConformanceFailure("a message without a key was taken for a repetition")
        }
        let record = try await stage.recorder.wait(for: "the message", within: stage.patience) {
            !$0.entries(of: room).isEmpty
        }
        let (timeline, top) = try await stage.broker.top()
        let page = try await stage.broker.read(ReadRange(after: .zero, through: .last, limit: 1), of: room)
        try ConformanceFailure.unless(record.timelines.count == 1, "timelines: \(record.timelines)")
        try ConformanceFailure.unless(record.timelines.last == timeline, "the sink's timeline is not that of top()")
        try ConformanceFailure.unless(page.timeline == timeline, "a page's timeline is not that of top()")
        try ConformanceFailure.unless(cursor.epoch == timeline.epoch, "a receipt's epoch is not that of top()")
        try ConformanceFailure.unless(top >= cursor.position, "top \(top) is before the last message, \(cursor)")
    }

    func positionsIncreaseOverAllRooms(_ stage: BrokerStage) async throws {
        let rooms = try (0..<5).map { try stage.room("order-\($0)") }
        try await stage.subscribe(rooms)
        var last = Position.zero
        for number in 0..<100 {
            let position = try await stage.store("\(number)", in: rooms[number % 5])
            try ConformanceFailure.unless(position > last, "\(position) was given behind \(last)")
            last = position
        }
        let positions = try await stage.store(500) { ("\($0)", rooms[$0 % 5], 0) }
        try ConformanceFailure.unless(Set(positions).count == 500, "a position was given twice")
        try ConformanceFailure.unless(positions.allSatisfy { $0 > last }, "a position was given behind \(last)")
        let record = try await stage.recorder.wait(for: "600 messages", within: stage.patience) { record in
            rooms.allSatisfy { record.entries(of: $0).count >= 120 }
        }
        for (index, room) in rooms.enumerated() {
            let heard = record.entries(of: room).suffix(100).map(\.position)
            let given = positions.indices.filter { $0 % 5 == index }.map { positions[$0] }.sorted()
            try ConformanceFailure.unless(heard == given, "the sink heard of other positions than were given")
        }
    }

    func messagesAreChained(_ stage: BrokerStage) async throws {
        let rooms = try [stage.room("chain-a"), stage.room("chain-b")]
        try await stage.subscribe(rooms)
        _ = try await stage.store(200) { ("\($0)", rooms[$0 % 2], 0) }
        let record = try await stage.recorder.wait(for: "200 messages", within: stage.patience) { record in
            rooms.allSatisfy { record.entries(of: $0).count == 100 }
        }
        for room in rooms {
            let entries = try await stage.readAll(room, limit: 7)
            try ConformanceFailure.unless(entries == record.entries(of: room), "what is read is not what was heard")
            for (entry, next) in zip(entries, entries.dropFirst()) {
                try ConformanceFailure.unless(
                    next.previous == entry.position && !next.previousIsBound,
                    "behind \(entry.position) comes \(next.position), which names \(next.previous)"
                )
            }
        }
    }

    func brokersHearTheSameOrder(_ stage: BrokerStage) async throws {
        let rooms = try (0..<3).map { try stage.room("same-\($0)") }
        let brokers = stage.brokers.count
        try await stage.subscribe(rooms)
        _ = try await stage.store(600) { ("\($0)", rooms[$0 % 3], $0 / 3 % brokers) }
        var first: EventRecord?
        for recorder in stage.recorders {
            let record = try await recorder.wait(for: "600 messages", within: stage.patience) { record in
                rooms.allSatisfy { record.entries(of: $0).count == 200 }
            }
            for room in rooms {
                let isSame = first == nil || first?.entries(of: room) == record.entries(of: room)
                try ConformanceFailure.unless(isSame, "two brokers heard of different messages in \(room)")
            }
            first = record
        }
    }

    func bodiesArriveUnchanged(_ stage: BrokerStage) async throws {
        let room = try stage.room("bodies 聊天室 {x} \"quoted\" %")
        try await stage.subscribe([room])
        let bodies = [
            "{}", "", "\r\n\r\ndata: x\n\u{0}\"\\", "聊天室 👩‍👩‍👧‍👦 \u{2028}", "$5\r\nhello\r\n", "-ERR", "%s%d\\x00",
            String(repeating: "x", count: 65_536), String(repeating: "\u{0}é😀\r\n", count: 8000),
        ]
        for body in bodies { _ = try await stage.store(body, in: room) }
        let record = try await stage.recorder.wait(for: "\(bodies.count) messages", within: stage.patience) {
            $0.entries(of: room).count == bodies.count
        }
        let read = try await stage.readAll(room)
        for (index, body) in bodies.enumerated() {
            let expected = ByteBuffer(string: body)
            let heard = record.entries(of: room)[index].body
            try ConformanceFailure.unless(heard == expected, "body \(index) was heard as \(heard.readableBytes) bytes")
            try ConformanceFailure.unless(read.count == bodies.count, "read \(read.count) of \(bodies.count) bodies")
            try ConformanceFailure.unless(read[index].body == expected, "body \(index) was read differently")
        }
    }

    func originsTravelWithMessages(_ stage: BrokerStage) async throws {
        let room = try stage.room("origins")
        try await stage.subscribe([room])
        let origins = [
            nil, Origin(stream: 1, isAnonymous: false), Origin(stream: .max, isAnonymous: true), nil,
            Origin(stream: nil, isAnonymous: true),
        ]
        for (index, origin) in origins.enumerated() {
            _ = try await stage.broker.append(
                Message(body: ByteBuffer(string: "{\"n\":\(index)}"), origin: origin),
                to: room
            )
        }
        let record = try await stage.recorder.wait(for: "\(origins.count) messages", within: stage.patience) {
            $0.entries(of: room).count == origins.count
        }
        let heard = record.entries(of: room).map(\.origin)
        try ConformanceFailure.unless(heard == origins, "heard the origins \(heard)")
        let read = try await stage.readAll(room).map(\.origin)
        try ConformanceFailure.unless(read == origins, "read the origins \(read)")
    }
}
