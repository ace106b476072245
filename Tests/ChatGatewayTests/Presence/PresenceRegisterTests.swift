import Testing

@testable import ChatGateway

@Suite struct PresenceRegisterTests {
    private let a = Room.named("a")

    /// What the next batch says, room by room: streams, then users.
    private func said(_ register: inout PresenceRegister) -> [String] {
        register.take()
            .map { holding in
                let users = holding.users.sorted { $0.name < $1.name }.map { "\($0.name):\($0.streams)" }
                return "\(holding.room) \(holding.streams) \(users.joined(separator: " "))"
            }
            .sorted()
    }

    @Test func `streams and users are counted, and said when they have changed`() {
        var register = PresenceRegister(grace: 10)
        register.joined(a, "ann")
        register.joined(a, "ann")
        register.joined(a, nil)
        register.joined(.named("b"), "bo")
        #expect(said(&register) == ["a 3 ann:2", "b 1 bo:1"])
        #expect(said(&register) == [])
        register.left(a, "ann", now: 0)
        register.left(a, nil, now: 0)
        #expect(said(&register) == ["a 1 ann:1"])
    }

    @Test func `who comes back in time has never left`() {
        var register = PresenceRegister(grace: 10)
        register.joined(a, "ann")
        #expect(said(&register) == ["a 1 ann:1"])
        register.left(a, "ann", now: 5)
        register.expire(now: 14)
        register.joined(a, "ann")
        register.expire(now: 100)
        #expect(said(&register) == [])
        register.left(a, "ann", now: 200)
        register.left(a, "ann", now: 200)
        register.expire(now: 209)
        #expect(said(&register) == [])
        register.expire(now: 210)
        #expect(said(&register) == ["a 0 ann:0"])
        #expect(register.counts == (0, 0))
    }

    @Test func `who comes and goes again and again is there until he stays away`() {
        var register = PresenceRegister(grace: 10)
        for moment in stride(from: 0, to: 100, by: 2) as StrideTo<Int> {
            register.joined(a, "ann")
            register.left(a, "ann", now: UInt64(moment))
            register.expire(now: UInt64(moment))
        }
        #expect(said(&register) == ["a 1 ann:1"])
        register.expire(now: 107)
        #expect(said(&register) == [])
        register.expire(now: 108)
        #expect(said(&register) == ["a 0 ann:0"])
    }

    @Test func `batches are bounded, and nothing is forgotten between them`() {
        var register = PresenceRegister(grace: 0)
        for index in 0..<2_500 { register.joined(a, "u\(index)") }
        for index in 0..<500 { register.joined(.named("r\(index)"), nil) }
        var users: Set<String> = []
        var rooms: Set<Room> = []
        while true {
            let batch = register.take()
            if batch.isEmpty { break }
            #expect(batch.count <= PresenceRegister.batchRooms)
            let names = batch.flatMap(\.users).map(\.name)
            #expect(names.count <= PresenceRegister.batchUsers)
            users.formUnion(names)
            rooms.formUnion(batch.map(\.room))
        }
        #expect(users.count == 2_500 && rooms.count == 501 && !register.hasChanges)
    }

    @Test func `what did not get anywhere is said again as it is by then`() {
        var register = PresenceRegister(grace: 0)
        register.joined(a, "ann")
        let lost = register.take()
        register.joined(a, "bo")
        register.left(a, "ann", now: 0)
        register.expire(now: 0)
        register.putBack(lost)
        #expect(said(&register) == ["a 1 ann:0 bo:1"])
        register.changeAll()
        #expect(said(&register) == ["a 1 bo:1"])
        register.left(a, "bo", now: 0)
        register.expire(now: 0)
        let gone = register.take()
        #expect(register.isEmpty)
        register.putBack(gone)
        #expect(said(&register) == ["a 0 bo:0"])
        #expect(register.isEmpty)
    }

    @Test func `what came and went before anybody heard of it is never said`() {
        var register = PresenceRegister(grace: 0)
        for index in 0..<10_000 {
            register.joined(.named("r\(index)"), index % 2 == 0 ? "ann" : nil)
            register.left(.named("r\(index)"), index % 2 == 0 ? "ann" : nil, now: 0)
        }
        register.joined(a, nil)
        register.expire(now: 0)
        #expect(said(&register) == ["a 1 "])
        #expect(register.counts == (1, 0) && !register.hasChanges)
        register.joined(.named("b"), "ann")
        register.left(.named("b"), "ann", now: 0)
        register.expire(now: 0)
        register.changeAll()
        #expect(said(&register) == ["a 1 "])
    }

    @Test func `to whom knows nothing any more it is also said who has gone since`() {
        var register = PresenceRegister(grace: 0)
        for user in ["ann", "bo", "cy"] { register.joined(a, user) }
        register.joined(.named("b"), "ann")
        for _ in 0..<2 { _ = register.take() }
        register.left(a, "ann", now: 0)
        register.left(.named("b"), "ann", now: 0)
        register.expire(now: 0)
        let lost = register.take()
        register.left(a, "bo", now: 1)
        register.expire(now: 1)
        register.putBack(lost)
        register.changeAll()
        #expect(said(&register) == ["a 1 ann:0 bo:0 cy:1", "b 0 ann:0"])
        #expect(register.counts == (1, 1) && !register.hasChanges)
    }

    @Test func `a thousand streams of nobody known are said as one number`() {
        var register = PresenceRegister(grace: 0)
        for _ in 0..<1_000 { register.joined(a, nil) }
        #expect(said(&register) == ["a 1000 "])
        #expect(register.counts == (1, 0))
        for _ in 0..<1_000 { register.left(a, nil, now: 0) }
        #expect(said(&register) == ["a 0 "])
        #expect(register.isEmpty && !register.hasChanges)
    }

    @Test func `who is here is known at once, and added to who is elsewhere`() {
        var register = PresenceRegister(grace: 10)
        let nobody = Presence(streams: 0, users: [])
        #expect(register.presence(in: a, with: nobody, limit: 9) == nobody)
        for user in ["bo", "ann", "ann", nil] { register.joined(a, user) }
        let here = [Presence.User(name: "ann", streams: 2), .init(name: "bo", streams: 1)]
        #expect(register.presence(in: a, with: nobody, limit: 2) == Presence(streams: 4, users: here))
        #expect(register.presence(in: a, with: nobody, limit: 1) == Presence(streams: 4, users: nil))
        let others = Presence(streams: 9, users: [.init(name: "bo", streams: 3), .init(name: "cy", streams: 1)])
        let all = [here[0], .init(name: "bo", streams: 4), .init(name: "cy", streams: 1)]
        #expect(register.presence(in: a, with: others, limit: 3) == Presence(streams: 13, users: all))
        #expect(register.presence(in: a, with: others, limit: 2).users == nil)
        let many = Presence(streams: 9, users: nil)
        #expect(register.presence(in: a, with: many, limit: 9) == Presence(streams: 13, users: nil))
    }

    @Test func `a name without end is nobody's`() {
        var register = PresenceRegister(grace: 0)
        for name in ["", String(repeating: "x", count: 1_025)] { register.joined(a, name) }
        #expect(said(&register) == ["a 2 "])
        for name in ["", String(repeating: "x", count: 1_025)] { register.left(a, name, now: 0) }
        #expect(said(&register) == ["a 0 "])
    }

    @Test func `names that look alike are two users, as they are in Redis`() {
        var register = PresenceRegister(grace: 10)
        register.joined(a, "e\u{301}")
        #expect(said(&register) == ["a 1 e\u{301}:1"])
        register.joined(a, "\u{E9}")
        register.left(a, "e\u{301}", now: 0)
        register.expire(now: 10)
        let users = register.take().flatMap(\.users)
        #expect(users.count == 2)
        #expect(users.contains { $0.name.utf8.count == 3 && $0.streams == 0 })
        #expect(users.contains { $0.name.utf8.count == 2 && $0.streams == 1 })
    }
}
