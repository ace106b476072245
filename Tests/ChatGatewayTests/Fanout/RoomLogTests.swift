import NIOCore
import Testing

@testable import ChatGateway

@Suite struct RoomLogTests {
    @Test func `finds the frame behind any position`() throws {
        var log = RoomLog(start: at(10))
        for milliseconds in [20, 30, 40] as [UInt64] { log.append(frame(milliseconds, after: log.end)) }
        #expect(log.place(after: at(10)) == .init(segment: 0, mark: 0))
        #expect(log.place(after: at(20)) == .init(segment: 0, mark: 1))
        #expect(log.place(after: at(35)) == .init(segment: 0, mark: 2))
        #expect(log.place(after: at(40)) == nil)
        #expect(log.count(after: at(20)) == 2)
        #expect(log.position(beforeLast: 2) == at(20))
        #expect(log.position(beforeLast: 3) == at(10))
        #expect(log.position(beforeLast: 4) == nil)
    }

    @Test func `slices are the bytes of whole frames`() throws {
        var log = RoomLog(start: .zero)
        for milliseconds in [20, 30, 40] as [UInt64] { log.append(frame(milliseconds, after: log.end)) }
        let place = RoomLog.Place(segment: 0, mark: 1)
        #expect(log.slice(at: place, before: .last).bytes == ByteBuffer(string: "<30><40>"))
        let first = log.slice(at: place, before: at(40))
        #expect(first.bytes == ByteBuffer(string: "<30>"))
        #expect(first.next == .init(segment: 0, mark: 2))
        #expect(first.position == at(30))
    }

    @Test func `a sealed segment is not appended to`() throws {
        var log = RoomLog(start: .zero)
        log.append(frame(20, after: .zero))
        let held = log.slice(at: .init(segment: 0, mark: 0), before: .last).bytes
        log.seal()
        log.append(frame(30, after: at(20)))
        #expect(log.segments.count == 2)
        #expect(held == ByteBuffer(string: "<20>"))
        #expect(log.current(.init(segment: 0, mark: 1)) == .init(segment: 1, mark: 0))
    }

    @Test func `segments stay within their size, and one frame that is longer has its own`() throws {
        var log = RoomLog(start: .zero)
        let long = String(repeating: "x", count: RoomLog.segmentBytes + 1)
        for milliseconds in 1...200 as ClosedRange<UInt64> {
            let text = milliseconds == 100 ? long : String(repeating: "y", count: 1000)
            log.append(frame(milliseconds, after: log.end, text: text))
        }
        for segment in log.segments where segment.marks.count > 1 {
            #expect(segment.bytes.readableBytes <= RoomLog.segmentBytes)
        }
        #expect(log.segments.contains { $0.marks.map(\.position) == [at(100)] })
        #expect(log.byteCount == log.segments.reduce(0) { $0 + $1.bytes.capacity })
    }

    @Test func `dropping the oldest moves the start, and places behind it hold on`() throws {
        var log = RoomLog(start: .zero)
        log.append(frame(20, after: .zero))
        log.seal()
        log.append(frame(30, after: at(20)))
        log.dropFirst()
        #expect(log.start == at(20))
        #expect(log.current(.init(segment: 0, mark: 1)) == nil)
        #expect(log.current(.init(segment: 1, mark: 0)) == .init(segment: 1, mark: 0))
        #expect(log.place(after: at(20)) == .init(segment: 1, mark: 0))
    }

    @Test func `a page goes in front, and no place of before fits any more`() throws {
        var log = RoomLog(start: at(20))
        log.append(frame(30, after: at(20)))
        log.dropFirst()
        log.append(frame(40, after: at(30)))
        var page = RoomLog(start: at(10))
        page.append(frame(20, after: at(10)))
        page.append(frame(30, after: at(20)))
        #expect(!page.hasHoles)
        log.prepend(page)
        #expect(log.start == at(10))
        let first = try #require(log.place(after: at(10)))
        #expect(log.slice(at: first, before: .last).bytes == ByteBuffer(string: "<20><30>"))
        #expect(log.current(.init(segment: first.segment, mark: 2)) == log.place(after: at(30)))
        for number in 0...1 { #expect(log.current(.init(segment: number, mark: 0)) == nil) }
    }

    @Test func `no place of before a restart fits afterwards, even with pages put in front`() throws {
        var log = RoomLog(start: .zero)
        log.append(frame(20, after: .zero))
        log.restart(at: at(100))
        for round in 0..<3 as Range<UInt64> {
            var page = RoomLog(start: at(100 - (round + 1) * 10))
            page.append(frame(100 - round * 10, after: page.start))
            log.prepend(page)
        }
        #expect(log.current(.init(segment: 0, mark: 0)) == nil)
        #expect(log.current(.init(segment: 0, mark: 1)) == nil)
    }

    @Test func `a page tells holes inside and at its end`() throws {
        var page = RoomLog(start: .zero)
        page.append(frame(10, after: .zero))
        page.append(frame(30, after: at(20)))
        #expect(page.hasHoles)
        #expect(page.segments.map(\.previous) == [.zero, at(20)])
        var cut = RoomLog(start: .zero)
        cut.append(frame(10, after: .zero))
        cut.extend(to: at(15))
        #expect(cut.hasHoles)
    }
}
