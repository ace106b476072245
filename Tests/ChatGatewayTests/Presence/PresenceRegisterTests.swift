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
        #expect(users.count == 2_500 && rooms.count == 501)
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
