import Foundation
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct NodeReportTests {
    private func report() -> NodeReport {
        NodeReport(node: "a", instance: "x1", version: "1.2", uptime: .milliseconds(61_900))
    }

    private func read(_ bytes: ByteBuffer) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any])
    }

    private func slow(_ id: UInt64, user: String? = nil, rooms: [String] = ["r"]) -> SlowStream {
        SlowStream(
            stream: StreamSummary(
                id: id,
                user: user,
                address: ClientAddress("192.0.2.7"),
                rooms: rooms.map { Room.named($0) },
                roomCount: rooms.count
            ),
            silence: .milliseconds(7_900),
            heldBytes: 262_144
        )
    }

    @Test func `a report says what is known and leaves out what is not`() throws {
        var report = report()
        #expect(
            String(buffer: report.json)
                == #"{"node":"a","instance":"x1","version":"1.2","uptime":61,"ready":true,"streams":0,"max_streams":0,"#
                + #""rooms":0,"slow":0,"lag":0.0,"biggest":[],"more_rooms":false,"slowest":[]}"#
        )
        report.reasonAgainst = "draining"
        report.pace = NodeReport.Pace(posts: 2, deliveries: 3.14159, median: 4, p99: 17)
        report.lag = .microseconds(12_340)
        report.memory = 1_000
        report.biggest = [(Room.named("Küche \"1\""), 12)]
        report.slowest = [slow(35, user: "ann", rooms: ["a", "b", "c", "d", "e"])]
        let told = try read(report.json)
        #expect(told["ready"] as? Bool == false && told["reason"] as? String == "draining")
        #expect(told["posts"] as? Double == 2 && told["deliveries"] as? Double == 3.1)
        #expect(told["p50"] as? Int == 4 && told["p99"] as? Int == 17 && told["lag"] as? Double == 12.3)
        let room = try #require((told["biggest"] as? [[String: Any]])?.first)
        #expect(room["room"] as? String == "Küche \"1\"" && room["streams"] as? Int == 12)
        let stream = try #require((told["slowest"] as? [[String: Any]])?.first)
        #expect(stream["stream"] as? String == "z" && stream["user"] as? String == "ann")
        #expect(stream["address"] as? String == "192.0.2.7" && stream["silent"] as? Int == 7)
        #expect(stream["rooms"] as? [String] == ["a", "b", "c"] && stream["room_count"] as? Int == 5)
    }

    @Test func `however long names are, a report is one, and fits`() throws {
        var report = report()
        let room = Room.named(String(repeating: "\"", count: 128))
        report.biggest = (0..<60).map { (room, $0) }
        report.slowest = (0..<50)
            .map { slow($0, user: String(repeating: "\u{1}", count: 1_024), rooms: [room.name, room.name, room.name]) }
        let json = report.json
        #expect(json.readableBytes <= NodeReport.maximumBytes)
        #expect(NodeReport.isFit(json))
        let told = try read(json)
        #expect((told["biggest"] as? [Any])?.count == NodeReport.roomLimit)
        #expect(told["more_rooms"] as? Bool == true)
        #expect((told["slowest"] as? [Any])?.isEmpty == false)
    }

    @Test(arguments: ["", "{", "[]", "{\n}", "{}\r", "{\0}", "data: {}"])
    func `what would not be one event is not passed on`(text: String) {
        #expect(!NodeReport.isFit(ByteBuffer(string: text)))
    }

    @Test func `a report of any other version is passed on, unless it is too long`() {
        #expect(NodeReport.isFit(ByteBuffer(string: #"{"node":"ö","more":[1]}"#)))
        let long = "{\"x\":\"" + String(repeating: "x", count: NodeReport.maximumBytes) + "\"}"
        #expect(!NodeReport.isFit(ByteBuffer(string: long)))
    }

    @Test func `rates are what came in the time between two reports`() {
        let start = ContinuousClock.now
        var latencies = LatencyTally()
        latencies.add(milliseconds: 900)
        let first = NodeReporter.Totals(time: start, posts: 10, deliveries: 100, latencies: latencies)
        for value in [1, 2, 3, 4] as [UInt64] { latencies.add(milliseconds: value) }
        let second = NodeReporter.Totals(
            time: start + .milliseconds(500),
            posts: 14,
            deliveries: 500,
            latencies: latencies
        )
        #expect(second.pace(since: first) == NodeReport.Pace(posts: 8, deliveries: 800, median: 2, p99: 4))
        #expect(first.pace(since: first) == nil)
    }

    @Test func `the biggest room comes first, and of equal ones the first by name`() {
        let ranks = [("b", 1), ("c", 9), ("a", 1)].map { RoomRank(room: Room.named($0.0), streams: $0.1) }
        #expect(ranks.sorted().map(\.room.name) == ["c", "a", "b"])
    }
}
