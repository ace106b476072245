import AsyncHTTPClient
import NIOCore

/// Asks all questions, one after the other; what is seen is judged by ``Check``.
struct Examination {
    /// Short messages, so many that a balancer hardly gives all to one node.
    private static let posts = 4
    /// Bytes of the long message: what is left of the gateway's 64 KiB is for a lower limit than its own.
    private static let pushBytes = 60 * 1024
    /// How long after a `ready` without resumption its `gap` may come.
    private static let gapDelay = Duration.seconds(1)

    private let plan: DoctorPlan
    private let visitor: Visitor

    init(plan: DoctorPlan) {
        self.plan = plan
        visitor = Visitor(plan: plan)
    }

    /// Runs to the end, and reports each answer as soon as it is known.
    func run(announce: (String) -> Void, report: (Check) -> Void) async {
        let before = await visitor.answer(to: visitor.request(.GET, plan.messagesURL))
        let reach = Check.reach(before, plan: plan)
        report(reach)
        guard reach.outcome != .problem else { return }

        let conversation = await converse()
        let after = await lists(otherThan: before)
        let buffering = Check.buffering(conversation)
        let nodes = Check.nodes(conversation, isBuffered: buffering.outcome == .problem)
        report(.httpVersion(conversation, isSecure: plan.address.isSecure))
        report(.streams(conversation))
        report(buffering)
        report(.compression(conversation))
        report(.caching(conversation, before: before, after: after, isSplit: nodes.outcome == .problem))
        report(.posts(conversation))
        report(.bodySize(conversation))
        report(nodes)

        let flows = buffering.outcome == .ok && !conversation.isUnreadable
        let resumption = flows ? await resume(conversation) : nil
        report(.lastEventID(resumption))
        report(.resume(resumption, isSplit: nodes.outcome == .problem))
        report(.cors(await crossOrigin(conversation), own: plan.address.origin))
        guard flows else { return report(.idle(nil)) }
        announce("holding a silent stream for \(plan.idle.short)")
        report(.idle(await listen()))
    }

    /// Asks for the list of messages until it is another one, or all nodes have most likely been asked.
    ///
    /// Where it is not known whether nodes share their messages, one of them alone says nothing of a cache.
    private func lists(otherThan before: Answer) async -> [Answer] {
        var lists: [Answer] = []
        repeat {
            lists.append(await visitor.answer(to: visitor.request(.GET, plan.messagesURL)))
        } while lists.last?.body == before.body && lists.count < plan.streams
        return lists
    }

    /// Opens the streams and posts messages while they listen.
    private func converse() async -> Conversation {
        var compressible = visitor.request(.GET, plan.streamURL)
        compressible.headers.add(name: "Accept-Encoding", value: "gzip, deflate, br, zstd")
        let plain = visitor.request(.GET, plan.streamURL)
        return await visitor.hold([compressible] + Array(repeating: plain, count: plan.streams)) { board in
            await board.wait(plan.wait) { $0.allSatisfy(\.isSettled) }
            let isLate = board.records.map { !$0.isSettled }
            var posts: [Post] = []
            for number in 1...Self.posts {
                posts.append(await post(number, text: "chat-gateway doctor tries the way, \(number) of \(Self.posts)"))
                guard posts.last?.answer.isTaken == true else { break }
            }
            // Of streams that have not even begun there is nothing to learn before more is written.
            if isLate.contains(false) { await board.wait(plan.wait) { Self.have($0, posts, isLate: isLate) } }
            let push = posts.last?.answer.isTaken == true ? await post(Self.posts + 1, text: Self.longText) : nil
            if let push { await board.wait(plan.wait) { Self.have($0, posts + [push], isLate: isLate) } }
            let records = board.records
            return Conversation(
                streams: Array(records.dropFirst()),
                compressible: records[0],
                posts: posts,
                push: push,
                wait: plan.wait,
            )
        }
    }

    /// Whether nothing is to be waited for: streams that began in time have all messages, late ones have begun.
    private static func have(_ streams: [StreamRecord], _ posts: [Post], isLate: [Bool]) -> Bool {
        let ids = posts.filter(\.answer.isTaken).map(\.id)
        return zip(streams, isLate)
            .allSatisfy { stream, isLate in
                guard !isLate else { return stream.isSettled }
                guard stream.ready != nil, stream.endedAt == nil else { return true }
                return ids.allSatisfy { stream.messages[$0] != nil }
            }
    }

    private func post(_ number: Int, text: String) async -> Post {
        let id = "\(plan.prefix)\(number)"
        let body = #"{"id":"\#(id)","user":"chat-gateway doctor","text":"\#(text)"}"#
        var request = visitor.request(.POST, plan.messagesURL)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
        let sentAt = visitor.now
        let answer = await visitor.answer(to: request)
        return Post(id: id, size: body.utf8.count, sentAt: sentAt, answer: answer)
    }

    /// Letters in no order: compressed they would still fill a buffer.
    private static var longText: String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        return String(decoding: (0..<pushBytes - 200).map { _ in letters.randomElement() ?? 0x61 }, as: UTF8.self)
    }

    /// Comes back with the cursor that a stream had before anything was posted.
    private func resume(_ conversation: Conversation) async -> Resumption? {
        guard let first = conversation.open.first(where: { $0.cursor != nil }), let cursor = first.cursor,
            let origin = first.ready?.node
        else { return nil }
        let expected = conversation.taken.filter { first.messages[$0] != nil }
        var byField = visitor.request(.GET, plan.streamURL)
        byField.headers.add(name: "Last-Event-ID", value: cursor)
        var resumption = Resumption(
            origin: origin,
            expected: expected,
            byField: await comeBack(byField, expecting: expected),
        )
        if !resumption.byField.allSatisfy(Resumption.wasShown) {
            let query = "?last_event_id=\(GatewayAddress.encoded(cursor))"
            let byQuery = visitor.request(.GET, plan.streamURL + query)
            resumption.byQuery = await comeBack(byQuery, expecting: expected)
        }
        return resumption
    }

    private func comeBack(_ request: HTTPClientRequest, expecting ids: Set<String>) async -> [StreamRecord] {
        await visitor.hold(Array(repeating: request, count: plan.streams)) { board in
            await board.wait(plan.wait) { streams in
                streams.allSatisfy { stream in
                    guard let readyAt = stream.readyAt else { return stream.isSettled }
                    if stream.ready?.isResumed == true { return ids.allSatisfy { stream.messages[$0] != nil } }
                    return !stream.gaps.isEmpty || visitor.now - readyAt > Self.gapDelay
                }
            }
            return board.records
        }
    }

    private func crossOrigin(_ conversation: Conversation) async -> CrossOrigin? {
        guard let origin = plan.origin else { return nil }
        var request = visitor.request(.OPTIONS, plan.messagesURL)
        // Browsers ask without any credentials.
        request.headers.remove(name: "Authorization")
        request.headers.add(name: "Access-Control-Request-Method", value: "POST")
        request.headers.add(name: "Access-Control-Request-Headers", value: "content-type")
        return CrossOrigin(
            origin: origin,
            preflight: await visitor.answer(to: request),
            stream: conversation.heads.first,
            post: conversation.posts.first?.answer.head,
        )
    }

    /// Holds a stream in which nothing happens.
    private func listen() async -> Silence {
        await visitor.hold([visitor.request(.GET, plan.streamURL)]) { board in
            await board.wait(plan.wait) { $0[0].isSettled }
            let begin = visitor.now
            await board.wait(plan.idle) { $0[0].endedAt != nil || $0[0].bye != nil }
            return Silence(stream: board.records[0], begin: begin, end: visitor.now)
        }
    }
}
