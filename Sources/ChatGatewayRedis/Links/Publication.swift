import ChatGateway
import NIOCore

/// What the scripts publish; a kind that a node does not know is ignored by it.
enum Publication: Hashable, Sendable {
    /// `m epoch position previous body`, to a room's channel.
    case message(Epoch, Entry)
    /// `p serial epoch top`, to a node's channel: a probe.
    case probe(UInt64, Epoch, Position)
    /// `r mark epoch top`, to a node's channel: the mark of a read.
    case mark(UInt64, Epoch, Position)
    /// `o position origin`, to a room's channel, right before the message that it is about.
    case origin(Position, Origin)
    /// `t user`, or `s streams joined left` and the names, each behind its length, to a room's channel.
    case signal(Signal)

    /// Reads a publication; nil for anything else.
    ///
    /// - Parameters:
    ///   - payload: What was published.
    ///   - known: The epoch that it most likely has, which then costs no allocation.
    init?(_ payload: ByteBuffer, known: Epoch?) {
        var rest = payload
        switch rest.readWord({ $0.count == 1 ? $0[0] : nil }) {
        case UInt8(ascii: "m"):
            guard let epoch = rest.readEpoch(known), let position = rest.readWord({ Position($0) }),
                let previous = rest.readWord({ Previous($0) })
            else { return nil }
            let entry = Entry(
                position: position,
                previous: previous.position,
                previousIsBound: previous.isBound,
                body: rest
            )
            self = .message(epoch, entry)
        case UInt8(ascii: "p"):
            guard let (number, epoch, top) = rest.readNumberEpochTop(known) else { return nil }
            self = .probe(number, epoch, top)
        case UInt8(ascii: "r"):
            guard let (number, epoch, top) = rest.readNumberEpochTop(known) else { return nil }
            self = .mark(number, epoch, top)
        case UInt8(ascii: "o"):
            guard let position = rest.readWord({ Position($0) }), let origin = rest.readWord().flatMap({ Origin($0) }),
                rest.readableBytes == 0
            else { return nil }
            self = .origin(position, origin)
        case UInt8(ascii: "t"):
            guard let user = rest.readString(length: rest.readableBytes), !user.isEmpty else { return nil }
            self = .signal(.typing(user: user))
        case UInt8(ascii: "s"):
            guard let change = Self.change(rest) else { return nil }
            self = .signal(.presence(change))
        default:
            return nil
        }
    }
}

extension Publication {
    /// What was published behind `s `; nil for anything else.
    fileprivate static func change(_ payload: ByteBuffer) -> PresenceChange? {
        var rest = payload
        guard let streams = rest.readNumber(), let joined = rest.readNumber(), let left = rest.readNumber() else {
            return nil
        }
        var names: [String] = []
        while rest.readableBytes > 0 {
            guard let name = rest.readName() else { return nil }
            names.append(name)
        }
        guard joined <= names.count, names.count - joined == left else { return nil }
        return PresenceChange(
            streams: streams,
            joined: Array(names.prefix(joined)),
            left: Array(names.suffix(left))
        )
    }
}

extension ByteBuffer {
    /// What stands before the next space, or everything; moves behind the space.
    fileprivate mutating func readWord<Word>(_ read: (Span<UInt8>) -> Word?) -> Word? {
        let end = firstSpace
        let word = read(readableBytesUInt8Span.extracting(..<(end ?? readableBytes)))
        moveReaderIndex(forwardBy: end.map { $0 + 1 } ?? readableBytes)
        return word
    }

    private var firstSpace: Int? {
        let bytes = readableBytesUInt8Span
        return bytes.indices.prefix(64).first { bytes[$0] == UInt8(ascii: " ") }
    }

    fileprivate mutating func readWord() -> String? {
        readWord { $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }

    fileprivate mutating func readEpoch(_ known: Epoch?) -> Epoch? {
        if let name = known?.name.utf8 {
            let view = readableBytesView
            if view.starts(with: name), view.dropFirst(name.count).first == UInt8(ascii: " ") {
                moveReaderIndex(forwardBy: name.count + 1)
                return known
            }
        }
        return readWord().flatMap { Epoch($0) }
    }

    fileprivate mutating func readNumberEpochTop(_ known: Epoch?) -> (UInt64, Epoch, Position)? {
        guard let number = readWord().flatMap({ UInt64($0) }), let epoch = readEpoch(known),
            let top = readWord({ Position($0) }), readableBytes == 0
        else { return nil }
        return (number, epoch, top)
    }
}
