import ArgumentParser
import Testing

@testable import chat_gateway

@Test(
    "A mistake in an option is an error that says what is wrong",
    arguments: [
        (["--listeners", "0"], "--listeners"), (["--url", "ftp://x"], "ftp://x"), (["--url", "https://x"], "https"),
        (["--payload", "10"], "--payload"), (["--rate", "5", "--unpaced"], "--unpaced"), (["--rate", "-1"], "--rate"),
        (["--slow", "2"], "slow"), (["--slow", "101%"], "slow"), (["--duration", "30"], "duration"),
        (["--duration", "10ms"], "--duration"), (["--publish-body", "x"], "{payload}"),
        (["--stream-path", "no-slash"], "no-slash"), (["--publish-path", "/a b"], "/a b"),
        (["--header", "none"], "--header"), (["--header", "A: b\r\nC: d"], "control"),
        (["--rooms-per-listener", "2"], "--rooms-per-listener"), (["--rume", "4"], "--rume"),
        (["--rate", "0.0001"], "--rate"), (["--ramp-up", "-1"], "--ramp-up"), (["--ramp-up", "0.0009"], "--ramp-up"),
        (["--stream-path", "/{rom}"], "{rom}"), (["--publish-path", "/{rooms}"], "{rooms}"),
        (["--publish-path", "/{payload}"], "--publish-path"), (["--stream-path", "/{room"], "/{room"),
        (["--rooms", "4", "--rooms-per-listener", "2", "--stream-path", "/{room}"], "{rooms}"),
    ]
)
func mistakeInAnOptionIsAnError(arguments: [String], named: String) {
    let error = #expect(throws: (any Error).self) { try BenchOptions.parse(arguments) }
    #expect(error.map { BenchOptions.fullMessage(for: $0).contains(named) } == true)
}

@Test("Without options it tests this gateway at its default address")
func withoutOptionsItTestsThisGateway() throws {
    let plan = try BenchOptions.parse([]).plan(cores: 2)
    #expect(plan.targets.map(\.authority) == ["127.0.0.1:8080"])
    #expect(plan.load == .rate(20))
    #expect(plan.threads == 1)
    let request = plan.templates.streamRequest(to: plan.targets[0], rooms: ["r"], lastEventID: Array("7".utf8))
    let text = "GET /rooms/r/events HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: text/event-stream\r\n"
    #expect(String(decoding: request, as: UTF8.self) == text + "Last-Event-ID: 7\r\n\r\n")
}

@Test("Templates describe any other server")
func templatesDescribeAnyOtherServer() throws {
    let plan =
        try BenchOptions.parse([
            "--url", "http://[::1]:9/base/", "--publish-path", "/pub?id={room}", "--publish-body", "<{payload}|{room}>",
            "--publish-type", "text/plain", "--header", "X: y", "--stream-path", "/{room}{room}?{rooms}&{room}={rooms}",
        ])
        .plan(cores: 8)
    let stream = plan.templates.streamRequest(to: plan.targets[0], rooms: ["r1", "r2"], lastEventID: [])
    let path = "/base/r1r1?room=r1&room=r2&r1=room=r1&room=r2"
    #expect(String(decoding: stream, as: UTF8.self).hasPrefix("GET \(path) HTTP/1.1\r\nHost: [::1]:9\r\n"))
    let publish = plan.templates.publishRequest(to: plan.targets[0], room: "r1", payload: 4)
    let head = "POST /base/pub?id=r1 HTTP/1.1\r\nHost: [::1]:9\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n"
    #expect(String(decoding: publish.before, as: UTF8.self) == head + "X: y\r\n\r\n<")
    #expect(String(decoding: publish.after, as: UTF8.self) == "|r1>")
}

@Test("Listeners are spread evenly over targets and rooms", arguments: 1...5, 1...7)
func listenersAreSpreadEvenlyOverTargetsAndRooms(targets: Int, rooms: Int) throws {
    let each = 3
    let count = targets * rooms * each
    let urls = (0..<targets).flatMap { ["--url", "http://host\($0):1"] }
    let plan = try BenchOptions.parse(urls + ["--rooms", "\(rooms)", "--listeners", "\(count)"]).plan(cores: 2)
    var pairs: [[Int]: Int] = [:]
    for listener in 0..<count {
        pairs[plan.rooms(ofListener: listener) + [plan.target(ofListener: listener)], default: 0] += 1
    }
    #expect(pairs.count == targets * rooms)
    #expect(pairs.values.allSatisfy { $0 == each })
}

@Test("A tenth of the listeners is slow, and every process holds its part of all")
func shareOfTheListenersIsSlow() throws {
    let plan = try BenchOptions.parse(["--listeners", "80", "--slow", "10%", "--processes", "3"]).plan(cores: 2)
    #expect((0..<80).count { plan.isSlow(listener: $0) } == 8)
    #expect((0..<3).flatMap(plan.listeners(ofPart:)).sorted() == Array(0..<80))
}
