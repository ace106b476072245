import NIOCore

/// A stretch of a room's messages as the bytes of their frames, in segments that streams write slices of.
///
/// It holds every message in (``start``, ``end``], except where a segment's `previous` says that something is missing
/// before it; a loop's own log has no such segments, a page read from the broker may.
struct RoomLog {
    /// One frame in a segment.
    struct Mark: Hashable {
        var position: Position
        /// Where the frame's bytes end in the segment.
        var end: Int
        var origin: Origin?
    }

    /// Frames that lie in one buffer, so that any run of them is one slice.
    struct Segment {
        /// Where the message before the first of this segment stands.
        var previous: Position
        var marks: [Mark] = []
        var bytes: ByteBuffer
        /// Somebody may hold a slice: appending would copy the whole buffer.
        var isSealed = false
        /// Who has written the first messages, as ``Author`` says; read when a stream wants to know.
        var authors: [Int] = []

        /// The bytes of the frames from one mark on, up to and without another.
        func slice(from first: Int, to last: Int) -> ByteBuffer {
            let begin = first == 0 ? 0 : marks[first - 1].end
            let end = marks[last - 1].end
            return bytes.getSlice(at: begin, length: end - begin) ?? ByteBuffer()
        }

        /// Whether a stream leaves the frame at a mark out.
        func isCovered(_ mark: Int, by exclusion: Exclusion) -> Bool {
            exclusion.covers(marks[mark].origin, author: authors[mark])
        }

        /// The first mark behind a position; `marks.count` where there is none.
        func mark(after position: Position) -> Int {
            var low = 0
            var high = marks.count
            while low < high {
                let middle = (low + high) / 2
                if marks[middle].position <= position { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// The frame a stream writes next: the `mark`th of the segment with this number.
    struct Place: Hashable {
        var segment: Int
        var mark: Int
    }

    /// A segment is closed before it would grow beyond this, in bytes; a longer frame has a segment of its own.
    static let segmentBytes = 64 * 1024

    private(set) var segments: [Segment] = []
    /// The number of the first segment; numbers go up from there by one.
    private(set) var firstNumber = 0
    private(set) var start: Position
    private(set) var end: Position
    /// What the segments occupy.
    private(set) var byteCount = 0

    init(start: Position) {
        self.start = start
        end = start
    }

    var frameCount: Int { segments.reduce(0) { $0 + $1.marks.count } }

    /// Adds the next message.
    ///
    /// Returns the number of a segment that was opened for it.
    @discardableResult
    mutating func append(_ frame: Frame) -> Int? {
        assert(frame.position > end)
        let length = frame.bytes.readableBytes
        var opened: Int?
        if let last = segments.last, !last.isSealed, last.bytes.readableBytes + length <= Self.segmentBytes,
            frame.previous <= end
        {
            byteCount -= last.bytes.capacity
        } else {
            // A room that filled a segment will fill another; a quiet one shall not pay for it.
            let wasFull = segments.last.map { $0.bytes.readableBytes * 2 > Self.segmentBytes } ?? false
            let capacity = max(wasFull ? Self.segmentBytes : 1024, length)
            let previous = segments.isEmpty || frame.previous > end ? frame.previous : end
            segments.append(
                Segment(previous: previous, bytes: ByteBufferAllocator().buffer(capacity: capacity))
            )
            opened = firstNumber + segments.count - 1
        }
        let index = segments.count - 1
        segments[index].bytes.writeImmutableBuffer(frame.bytes)
        let byteEnd = segments[index].bytes.writerIndex
        segments[index].marks.append(Mark(position: frame.position, end: byteEnd, origin: frame.origin))
        byteCount += segments[index].bytes.capacity
        end = frame.position
        return opened
    }

    /// Finds out who has written the messages of a segment.
    mutating func readAuthors(of number: Int) {
        let index = number - firstNumber
        for mark in segments[index].authors.count..<segments[index].marks.count {
            let isAnonymous = segments[index].marks[mark].origin?.isAnonymous ?? false
            let author =
                isAnonymous ? Author.nobody : Author.key(ofFrame: segments[index].slice(from: mark, to: mark + 1))
            segments[index].authors.append(author)
        }
    }

    /// Says that slices of the last segment outlive the pass.
    mutating func seal() {
        if let last = segments.indices.last { segments[last].isSealed = true }
    }

    /// Says that nothing is known up to a position beyond ``end``.
    mutating func extend(to position: Position) {
        end = max(end, position)
    }

    /// Drops everything; the log begins anew.
    mutating func restart(at position: Position) {
        // Numbers are never given twice, so that no place of before fits by chance.
        firstNumber += segments.count
        segments = []
        byteCount = 0
        start = position
        end = position
    }

    /// Drops the oldest segment.
    mutating func dropFirst() {
        guard let first = segments.first else { return }
        byteCount -= first.bytes.capacity
        start = first.marks.last?.position ?? start
        segments.removeFirst()
        firstNumber += 1
    }

    /// Puts an earlier stretch in front, which must end where this one starts and have nothing missing.
    mutating func prepend(_ page: RoomLog) {
        assert(page.end == start)
        // The numbers below may have been given before: all are given anew.
        firstNumber += segments.count
        segments.insert(contentsOf: page.segments, at: 0)
        byteCount += page.byteCount
        start = page.start
    }

    /// Whether something is missing inside, or between the last frame and ``end``.
    var hasHoles: Bool {
        var known = start
        for segment in segments {
            if segment.previous > known { return true }
            known = segment.marks.last?.position ?? known
        }
        return known < end
    }

    /// Where the first frame behind a position is; nil where there is none.
    func place(after position: Position) -> Place? {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if let last = segments[middle].marks.last, last.position <= position {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < segments.count else { return nil }
        return Place(segment: firstNumber + low, mark: segments[low].mark(after: position))
    }

    /// How many frames there are behind a position.
    func count(after position: Position) -> Int {
        guard let place = place(after: position) else { return 0 }
        let index = place.segment - firstNumber
        return segments[index...].reduce(-place.mark) { $0 + $1.marks.count }
    }

    /// How many of the frames behind a position a stream leaves out; their authors must have been read.
    func count(after position: Position, coveredBy exclusion: Exclusion) -> Int {
        guard let place = place(after: position) else { return 0 }
        let index = place.segment - firstNumber
        return segments[index...].enumerated()
            .reduce(0) { count, segment in
                let marks = segment.element.marks.indices.dropFirst(segment.offset == 0 ? place.mark : 0)
                return count + marks.count { segment.element.isCovered($0, by: exclusion) }
            }
    }

    /// The position before the newest `count` frames; nil where there are fewer.
    func position(beforeLast count: Int) -> Position? {
        var rest = count
        for segment in segments.reversed() {
            if rest < segment.marks.count { return segment.marks[segment.marks.count - rest - 1].position }
            rest -= segment.marks.count
            if rest == 0 { return segment.previous }
        }
        return nil
    }
}
