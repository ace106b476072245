import Testing

@testable import ChatGateway

/// The table of DESIGN's cursors: what a listener presents, and where its stream starts.
@Suite struct StreamStartTests {
    let timeline: Timeline
    let clock = at(100)

    init() throws {
        timeline = Timeline(
            epoch: try #require(Epoch("now")),
            seams: [
                Seam(epoch: try #require(Epoch("kept")), top: at(50), isKept: true),
                Seam(epoch: try #require(Epoch("lost")), top: at(30), isKept: false),
            ]
        )
    }

    @Test(
        arguments: [
            (nil, nil, .at(at(100), gap: nil)),
            ("", nil, .at(at(100), gap: nil)),
            ("rubbish", nil, .at(at(100), gap: .unknownCursor)),
            ("now.100-0", nil, .at(at(100), gap: nil)),
            ("now.7-0", nil, .at(at(7), gap: nil)),
            ("now.101-0", nil, .askTop),
            ("now.101-0", at(101), .at(at(101), gap: nil)),
            ("now.102-0", at(101), .at(at(100), gap: .dataLost)),
            ("kept.50-0", nil, .at(at(50), gap: nil)),
            ("kept.51-0", nil, .at(at(50), gap: .dataLost)),
            ("lost.20-0", nil, .at(at(20), gap: .dataLost)),
            ("lost.40-0", nil, .at(at(30), gap: .dataLost)),
            ("other.7-0", nil, .askTimeline),
            ("other.7-0", at(100), .at(.zero, gap: .dataLost)),
        ] as [(String?, Position?, StreamStart)]
    )
    func `a stream starts where its cursor says`(presented: String?, top: Position?, start: StreamStart) {
        #expect(StreamStart(.init(presented), timeline: timeline, clock: clock, top: top) == start)
    }

    @Test(
        arguments: [
            "now.1", "now.1-", "now.-1", ".1-0", "now1-0", "now.1-0 ", "now.01x-0", "n w.1-0", "now.1-0-0",
            "now.9007199254740993-0", "now.99999999999999999999-0", String(repeating: "a", count: 33) + ".1-0",
        ]
    )
    func `what is no cursor is not taken for one`(text: String) {
        #expect(Cursor(text) == nil)
    }
}
