import NIOCore

@testable import ChatGateway
@testable import ChatGatewayRedis

/// Replies are the same however their bytes arrive; what was read and is written again is read the same; whatever comes
/// is a reply or an error, within the limits; and what the scripts' readers make of it is within the reply.
enum RedisFuzz {
    private struct Outcome: Equatable {
        var replies: [Reply] = []
        var hasFailed = false
    }

    /// Up to this length an input is also cut in two at each of its bytes.
    private static let allCutsLimit = 48
    private static let tight = ReplyParser.Limits(bytes: 256, nodes: 16)

    static func run(_ bytes: [UInt8]) {
        let whole = outcome([bytes])
        check(outcome(bytes.map { [$0] }) == whole, "byte by byte the replies are others")
        if bytes.count <= allCutsLimit {
            for cut in bytes.indices {
                let halves = outcome([Array(bytes[..<cut]), Array(bytes[cut...])])
                check(halves == whole, "cut at byte \(cut) the replies are others")
            }
        }
        let size = whole.replies.reduce(0) { $0 + $1.values.count + $1.bytes.readableBytes }
        check(size <= bytes.count, "replies of \(size) out of \(bytes.count) bytes")
        limited(bytes, whole)
        for reply in whole.replies {
            written(reply)
            answers(reply)
        }
        published(bytes)
        command(bytes)
    }

    private static func parser(_ limits: ReplyParser.Limits = ReplyParser.Limits()) -> ReplyParser {
        guard let parser = ReplyParser(limits: limits) else { fatalError("no parser") }
        return parser
    }

    private static func outcome(_ pieces: [[UInt8]], limits: ReplyParser.Limits = .init()) -> Outcome {
        let parser = parser(limits)
        var outcome = Outcome()
        do {
            for piece in pieces { try parser.feed(ByteBuffer(bytes: piece)) { outcome.replies.append($0) } }
        } catch {
            outcome.hasFailed = true
        }
        return outcome
    }

    /// Byte by byte nothing gets beyond the limits, and what is within them is as it was.
    private static func limited(_ bytes: [UInt8], _ whole: Outcome) {
        let found = outcome(bytes.map { [$0] }, limits: tight)
        check(whole.replies.starts(with: found.replies), "with limits the replies are others")
        for reply in found.replies {
            check(reply.values.count <= tight.nodes + 1, "\(reply.values.count) values within \(tight.nodes)")
            check(reply.bytes.readableBytes <= tight.bytes, "\(reply.bytes.readableBytes) bytes within \(tight.bytes)")
        }
        check(found.hasFailed || found == whole, "replies were left out in silence")
    }

    private static func written(_ reply: Reply) {
        var bytes = ByteBuffer()
        // hiredis 1 knows kinds of values that this protocol does not have; they leave none behind.
        guard RESP.write(reply, to: &bytes) else { return }
        let again = outcome([Array(bytes.readableBytesView)])
        check(!again.hasFailed && again.replies.count == 1, "what is written again is \(again.replies.count) replies")
        var second = ByteBuffer()
        check(
            again.replies.allSatisfy { RESP.write($0, to: &second) } && second == bytes,
            "written again it is another"
        )
    }

    private static func answers(_ reply: Reply) {
        let limit = reply.values.count
        if let (standing, parts) = ReadScript.answer(reply) {
            let entries = parts.flatMap(\.entries)
            check(parts.count + entries.count * 3 <= limit, "more was read than came")
            check(entries.allSatisfy { $0.body.readableBytes <= reply.bytes.readableBytes }, "a body out of nothing")
            check(ProbeScript.answer(reply).map { $0 == standing } ?? true, "two readings of one standing")
        }
        if let (page, _) = PageScript.answer(reply) {
            check(page.entries.count * 3 <= limit, "a page of more than came")
        }
        if let outcomes = AppendScript.outcomes(reply) {
            check(outcomes.count < limit, "more outcomes than came")
        }
        if let error = reply.error { check(!Refusal(error).reason.isEmpty, "a refusal without a reason") }
        var reader = reply.reader
        if reader.array() == 3, reader.string() != nil, let channel = reader.string() {
            let names = Names(prefix: "cg", database: 0)
            if let room = names.room(of: channel) {
                check(names.channel(of: room).utf8.elementsEqual(channel.utf8), "a room of another channel")
            }
            if let payload = reader.slice() { published(Array(payload.readableBytesView)) }
        }
    }

    /// A publication reads the same whether its epoch was expected or not, and says what it was made of.
    private static func published(_ bytes: [UInt8]) {
        let payload = ByteBuffer(bytes: bytes)
        let found = Publication(payload, known: nil)
        for known in ["e", "e1", "abcdefghijklmnop"] {
            check(Publication(payload, known: Epoch(known)) == found, "expecting \(known) it is another")
        }
        guard case .message(let epoch, let entry)? = found else { return }
        var again = ByteBuffer(
            string: "m \(epoch) \(entry.position) \(entry.previousIsBound ? "~" : "")\(entry.previous) "
        )
        again.writeImmutableBuffer(entry.body)
        check(again == payload, "a publication is written differently")
    }

    /// A command is read by Redis as the words that it was made of.
    private static func command(_ bytes: [UInt8]) {
        let words = bytes.split(separator: 0x20, omittingEmptySubsequences: false).map { ByteBuffer(bytes: $0) }
        var command = Command()
        for word in words { command.append(word) }
        var written = ByteBuffer()
        command.write(to: &written)
        let reply = outcome([Array(written.readableBytesView)]).replies
        check(reply.count == 1, "a command is \(reply.count) replies")
        guard var reader = reply.first?.reader else { return }
        check(reader.array() == words.count, "a command of other words")
        for word in words { check(reader.slice() == word, "a word is another") }
    }
}
