import ChatGateway
import NIOCore

extension BrokerConformance {
    func repetitionsAreRecognised(_ stage: BrokerStage) async throws {
        let rooms = try [stage.room("repeated"), stage.room("elsewhere")]
        try await stage.subscribe(rooms)
        let first = try await stage.store("first", in: rooms[0], key: "ann key")
        for body in ["first", "second", ""] {
            let receipt = try await stage.broker.append(
                Message(body: ByteBuffer(string: body), repetitionKey: "ann key"),
                to: rooms[0]
            )
            guard case .repeated(let cursor, let repeated) = receipt else {
                throw ConformanceFailure("a repetition was stored: \(receipt)")
            }
            try ConformanceFailure.unless(cursor.position == first, "a repetition of \(first) is at \(cursor)")
            try ConformanceFailure.unless(repeated == ByteBuffer(string: "first"), "not the first message's body")
        }
        let known = try await stage.broker.repetition(of: "ann key", in: rooms[0])
        guard case .repeated(let cursor, ByteBuffer(string: "first")) = known, cursor.position == first else {
            throw ConformanceFailure("the stored message is not found by its key: \(String(describing: known))")
        }
        for (key, room) in [("bob key", rooms[0]), ("ann key", rooms[1]), ("ann", rooms[0])] {
            let other = try await stage.broker.repetition(of: key, in: room)
            try ConformanceFailure.unless(other == nil, "a key that was not used is known")
        }
        let others = [
            try await stage.store("first", in: rooms[0], key: "bob key"),
            try await stage.store("first", in: rooms[0]),
            try await stage.store("first", in: rooms[0]),
        ]
        let elsewhere = try await stage.store("first", in: rooms[1], key: "ann key")
        let record = try await stage.recorder.wait(for: "the last message", within: stage.patience) {
            $0.clock >= elsewhere
        }
        let heard = record.entries(of: rooms[0]).map(\.position)
        try ConformanceFailure.unless(heard == [first] + others, "heard of \(heard.count) messages, not of 4")
        try ConformanceFailure.unless(record.entries(of: rooms[1]).count == 1, "the other room's message is missing")
        let read = try await stage.readAll(rooms[0])
        try ConformanceFailure.unless(read.map(\.position) == heard, "the log is not what was heard")
    }

    func concurrentRepetitionsStoreOne(_ stage: BrokerStage) async throws {
        let room = try stage.room("concurrent")
        try await stage.subscribe([room])
        for round in 0..<10 {
            let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let body = ByteBuffer(string: "\(round) \(number)")
                        let broker = stage.brokers[number % stage.brokers.count]
                        return try await broker.append(Message(body: body, repetitionKey: "key \(round)"), to: room)
                    }
                }
                return try await group.reduce(into: [Receipt]()) { $0.append($1) }
            }
            var stored: [Cursor] = []
            var repeated: [(cursor: Cursor, body: ByteBuffer?)] = []
            for receipt in receipts {
                switch receipt {
                case .stored(let cursor): stored.append(cursor)
                case .repeated(let cursor, let body): repeated.append((cursor, body))
                }
            }
            try ConformanceFailure.unless(stored.count == 1, "\(stored.count) of 20 repetitions were stored")
            let page = try await stage.broker.read(
                ReadRange(after: .zero, through: .last, limit: 1, from: .newest),
                of: room
            )
            for repetition in repeated {
                try ConformanceFailure.unless(repetition.cursor == stored.first, "repetitions differ in their cursor")
                try ConformanceFailure.unless(
                    repetition.body == page.entries.first?.body,
                    "a repetition's body is not the stored one"
                )
            }
            try ConformanceFailure.unless(
                page.entries.first?.position == stored.first?.position,
                "the stored message is not the last one"
            )
        }
        let last = try await stage.store("last", in: room)
        let record = try await stage.recorder.wait(for: "the last message", within: stage.patience) {
            $0.clock >= last
        }
        let heard = record.entries(of: room).count
        try ConformanceFailure.unless(heard == 11, "heard of \(heard) messages, not of 11")
    }

    func repetitionsOutliveTheHistory(_ stage: BrokerStage) async throws {
        let room = try stage.room("outlived")
        let first = try await stage.store("first", in: room, key: "key")
        _ = try await stage.store(2 * (Self.few.count + slack.messages) + 50) { ("\($0)", room, 0) }
        let receipt = try await stage.broker.append(
            Message(body: ByteBuffer(string: "first"), repetitionKey: "key"),
            to: room
        )
        guard case .repeated(let cursor, let body) = receipt else {
            throw ConformanceFailure("a repetition of what is no longer retained was stored: \(receipt)")
        }
        try ConformanceFailure.unless(cursor.position == first, "a repetition of \(first) is at \(cursor)")
        try ConformanceFailure.unless(body == nil, "a message that is no longer retained has a body")
        let known = try await stage.broker.repetition(of: "key", in: room)
        try ConformanceFailure.unless(known == receipt, "what is no longer retained is not found by its key")
    }
}
