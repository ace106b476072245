public import NIOCore

// What operators do over HTTP, for the program that the gateway is part of. All of it may be called from any thread,
// as soon as the broker works and for as long as it runs.
extension Gateway {
    /// Publishes a message: every listener of the room on every node gets it.
    ///
    /// No ``MessageFilter`` is asked, and no limit counts it. Answers within 5 seconds.
    ///
    /// - Parameters:
    ///   - json: One JSON object. With an `id` of the program's own it can be repeated for 5 minutes, and appears once.
    ///   - room: Where.
    ///   - user: In whose name, as an authenticated user; the name of 1 to 256 bytes replaces the object's own `user`.
    ///     Default: nobody's.
    /// - Returns: The message as listeners get it; of a repetition the first one, or just `id`, `room` and `cursor`
    ///   where that is no longer retained.
    /// - Throws: Why it was not stored, or that nobody knows whether it was.
    @discardableResult
    public func publish(
        _ json: ByteBuffer,
        to room: Room,
        as user: String? = nil
    ) async throws(GatewayError) -> ByteBuffer {
        var identity: Identity?
        if let user {
            identity = Identity(user: user, permission: Permission())
            guard identity != nil else { throw GatewayError(.invalid, "This cannot be a user's name", stored: .no) }
        }
        let limit = maximumBody
        guard json.readableBytes <= limit else {
            throw GatewayError(.invalid, "A message may have at most \(limit) bytes", stored: .no)
        }
        do throws(Problem) {
            // Nobody's own voice, as that of an operator: no listener takes it for his.
            let origin = user == nil ? Origin(stream: nil, isAnonymous: true) : nil
            return try await publisher.publish(json, to: room, from: identity, origin: origin).1
        } catch {
            throw GatewayError(error)
        }
    }

    /// Publishes a message that is written as a text.
    @discardableResult
    public func publish(_ json: String, to room: Room, as user: String? = nil) async throws(GatewayError) -> ByteBuffer
    {
        try await publish(ByteBuffer(string: json), to: room, as: user)
    }

    /// Reads a room's history.
    ///
    /// Without `after` the newest messages (before `before`), with it the next ones. A page has at most 1 MiB of messages.
    /// Answers within 5 seconds.
    ///
    /// - Parameters:
    ///   - room: Whose history.
    ///   - before: Only messages before this one.
    ///   - after: Only messages behind this one.
    ///   - limit: At most so many, 1 to 500. Default 50.
    /// - Returns: The messages, oldest first.
    /// - Throws: ``GatewayError/Code/gone`` where a cursor is one that a stream would answer with a gap.
    public func messages(
        in room: Room,
        before: Cursor? = nil,
        after: Cursor? = nil,
        limit: Int = 50
    ) async throws(GatewayError) -> MessagePage {
        do throws(Problem) {
            let page = try await HistoryQuery(before: before, after: after, limit: limit).page(of: room, from: broker)
            let messages = page.entries.map { entry in
                StoredMessage(cursor: Cursor(epoch: page.timeline.epoch, position: entry.position), body: entry.body)
            }
            return MessagePage(messages: messages, hasMore: page.hasMore)
        } catch {
            throw GatewayError(error)
        }
    }

    /// Ends all streams of a user, on all nodes.
    ///
    /// A node that is cut off from the others just then misses it, but not the bar. Answers within 5 seconds.
    ///
    /// Who has a token that is still good may come back, and so may who has opened a stream with a ticket, as long as the
    /// ``Identity`` lasts behind it, at most 24 hours where that never ends: a logout is complete with a bar until then.
    ///
    /// - Parameters:
    ///   - user: Whose streams; 1 to 1,024 bytes.
    ///   - bar: For how long the user may not come back; zero lifts a bar. Default: leaves everything as it is.
    /// - Returns: How many nodes were told, this one included.
    /// - Throws: ``GatewayError/Code/invalid`` where there can be no such user; or why nobody was told.
    @discardableResult
    public func disconnect(user: String, bar: Duration? = nil) async throws(GatewayError) -> Int {
        try await disconnect(.user(user), bar: bar)
    }

    /// Ends one stream, on whatever node it is.
    ///
    /// - Parameters:
    ///   - stream: The stream's id, as `ready` tells it.
    ///   - bar: For how long its user may not come back; zero lifts a bar. Default: leaves everything as it is.
    /// - Returns: How many nodes were told, this one included.
    /// - Throws: ``GatewayError/Code/invalid`` where this is no stream's id; or why nobody was told.
    @discardableResult
    public func disconnect(stream: String, bar: Duration? = nil) async throws(GatewayError) -> Int {
        try await disconnect(.stream(stream), bar: bar)
    }

    private func disconnect(_ target: ControlCommand.Target, bar: Duration?) async throws(GatewayError) -> Int {
        guard target.isPossible else { throw GatewayError(.invalid, "There can be no such user or stream") }
        guard bar.map({ Duration.zero <= $0 && $0 <= ControlCommand.longestBar }) ?? true else {
            throw GatewayError(.invalid, "A bar lasts from nothing to 366 days")
        }
        do throws(BrokerError) {
            return try await control.send(ControlCommand(target, bar: bar))
        } catch {
            throw GatewayError(.unavailable, error.reason)
        }
    }
}
