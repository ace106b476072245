import ChatGateway

extension BrokerConformance {
    func unknownRoomsAreEmpty(_ stage: BrokerStage) async throws {
        let room = try stage.room("unknown")
        let page = try await stage.broker.read(ReadRange(after: .zero, through: .last, limit: 10), of: room)
        try ConformanceFailure.unless(page.entries.isEmpty && !page.hasMore, "an unknown room has messages")
        try await stage.subscribe([room])
        try ConformanceFailure.unless(stage.recorder.record.entries(of: room).isEmpty, "an unknown room has messages")
        let position = try await stage.store("first", in: room)
        let record = try await stage.recorder.wait(for: "the first message", within: stage.patience) {
            !$0.entries(of: room).isEmpty
        }
        try ConformanceFailure.unless(record.entries(of: room).map(\.position) == [position], "another message")
    }

    func subscriptionsContinueTheLog(_ stage: BrokerStage) async throws {
        let room = try stage.room("continued")
        var positions: [Position] = []
        for number in 0..<300 { positions.append(try await stage.store("before \(number)", in: room)) }
        try await stage.subscribe([room])
        try await checkComplete(room, positions, stage)
        for number in 0..<20 { positions.append(try await stage.store("behind \(number)", in: room)) }
        try await checkComplete(room, positions, stage)
        stage.unsubscribe(room)
        for number in 0..<300 { positions.append(try await stage.store("away \(number)", in: room)) }
        try await stage.subscribe([room])
        positions.append(try await stage.store("last", in: room))
        try await checkComplete(room, positions, stage)
    }

    func subscribingTwiceIsSubscribingOnce(_ stage: BrokerStage) async throws {
        let room = try stage.room("twice")
        stage.broker.subscribe(room)
        try await stage.subscribe([room])
        stage.broker.subscribe(room)
        let position = try await stage.store("x", in: room)
        // Whatever the second and third call had begun would come before what this room's subscription brings.
        let other = try stage.room("other")
        try await stage.subscribe([other])
        let record = try await stage.recorder.wait(for: "the message", within: stage.patience) {
            !$0.entries(of: room).isEmpty
        }
        try ConformanceFailure.unless(record.entries(of: room).map(\.position) == [position], "not one message")
        let wholes = record.rooms[room]?.wholes ?? 0
        try ConformanceFailure.unless(wholes == 1 + record.stalls, "the room became whole \(wholes) times")
        stage.unsubscribe(room)
        stage.broker.unsubscribe(room)
        try await stage.subscribe([room])
    }

    func subscriptionsRaceWithMessages(_ stage: BrokerStage) async throws {
        let rooms = try (0..<4).map { try stage.room("race-\($0)") }
        let brokers = stage.brokers.count
        let rounds = 40
        let positions = try await withThrowingTaskGroup(of: [Position].self) { group in
            for room in rooms {
                group.addTask {
                    var positions: [Position] = []
                    for number in 0..<400 {
                        positions.append(try await stage.store("\(number)", in: room, through: number % brokers))
                    }
                    return positions
                }
            }
            // Half of the rounds wait for the room, half leave it on its way.
            for round in 0..<rounds {
                let room = rooms[round % rooms.count]
                if round / rooms.count % 2 == 0 {
                    try await stage.subscribe([room], on: 0..<1)
                } else {
                    stage.broker.subscribe(room)
                }
                stage.unsubscribe(room)
            }
            for room in rooms { stage.broker.subscribe(room) }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for room in rooms {
            let entries = try await stage.readAll(room)
            let given = positions.first { $0.last == entries.last?.position }
            try ConformanceFailure.unless(given == entries.map(\.position), "read other messages than were stored")
            try await checkComplete(room, entries.map(\.position), stage)
        }
    }

    func thousandRooms(_ stage: BrokerStage) async throws {
        let rooms = try (0..<1000).map { try stage.room("thousand-\($0)") }
        try await stage.subscribe(rooms)
        let positions = try await stage.store(2000) { ("\($0)", rooms[$0 % 1000], 0) }
        let record = try await stage.recorder.wait(for: "2,000 messages", within: stage.patience) { record in
            record.clock >= (positions.max() ?? .last)
        }
        for (index, room) in rooms.enumerated() {
            let given = [positions[index], positions[index + 1000]].sorted()
            let heard = record.entries(of: room).map(\.position)
            try ConformanceFailure.unless(heard == given, "of \(room) was heard \(heard), not \(given)")
        }
        for room in rooms { stage.unsubscribe(room) }
        try await stage.subscribe(Array(rooms.prefix(10)))
    }

    /// Waits for the last of a subscribed room's messages, and checks that what is read up to where the sink's log
    /// begins, and that log, are all of them.
    private func checkComplete(_ room: Room, _ positions: [Position], _ stage: BrokerStage) async throws {
        let last = positions.last ?? .zero
        let record = try await stage.recorder.wait(for: "all messages of \(room)", within: stage.patience) { record in
            record.isWhole(room) && record.rooms[room]?.last == last
        }
        let restart = record.rooms[room]?.restart ?? .zero
        let before = try await stage.readAll(room, through: restart)
        let all = (before + record.entries(of: room)).map(\.position)
        try ConformanceFailure.unless(
            all == positions,
            "of \(positions.count) messages \(before.count) are read up to \(restart), and "
                + "\(record.entries(of: room).count) were heard of"
        )
    }
}
