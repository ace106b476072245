import Hummingbird
import NIOCore

/// What operators see of a node, and what they can have all nodes do.
struct AdminRoutes: Sendable {
    let configuration: LiveConfiguration
    let publisher: MessagePublisher
    let readiness: Readiness
    let census: NodeCensus
    let desk: ControlDesk
    private let started = ContinuousClock.now

    init(
        configuration: LiveConfiguration,
        publisher: MessagePublisher,
        readiness: Readiness,
        census: NodeCensus,
        desk: ControlDesk
    ) {
        self.configuration = configuration
        self.publisher = publisher
        self.readiness = readiness
        self.census = census
        self.desk = desk
    }

    func add(to router: some RouterMethods<some RequestContext>) {
        router.get("admin/node") { _, _ in Self.answer(.ok, await node()) }
        router.get("admin/rooms") { request, _ in Self.answer(.ok, try await rooms(AdminPage(request))) }
        router.get("admin/streams") { request, _ in Self.answer(.ok, try await streams(AdminPage(request))) }
        router.post("admin/disconnect") { request, _ in try await disconnect(request) }
        router.post("admin/publish") { request, _ in try await publish(request) }
    }

    // MARK: Seeing

    private func node() async -> ByteBuffer {
        let loops = await census.counts()
        let current = configuration.current
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"node\":")
        bytes.writeJSONString(current.node)
        bytes.writeString(",\"uptime\":\((ContinuousClock.now - started).components.seconds),\"ready\":")
        if let reason = readiness.reasonAgainst {
            bytes.writeStaticString("false,\"reason\":")
            bytes.writeJSONString(reason)
        } else {
            bytes.writeStaticString("true")
        }
        bytes.writeString(",\"streams\":\(loops.reduce(0) { $0 + $1.streams }),\"max_streams\":\(current.maxStreams)")
        bytes.writeString(",\"rooms\":\(census.fanout.roomCount),\"barred\":\(desk.bars.count),\"loops\":[")
        for (index, loop) in loops.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            bytes.writeString(
                "{\"streams\":\(loop.streams),\"rooms\":\(loop.rooms),\"deliveries\":\(loop.deliveries)}"
            )
        }
        bytes.writeStaticString("]}")
        return bytes
    }

    private func rooms(_ page: AdminPage) async throws(Problem) -> ByteBuffer {
        var start: Room?
        if let after = page.after {
            guard let room = Room(after) else { throw .badRoom }
            start = room
        }
        let found = await census.rooms(after: start, limit: page.limit)
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"rooms\":[")
        for (index, (room, streams)) in found.values.enumerated() {
            bytes.writeStaticString(index > 0 ? ",{\"room\":" : "{\"room\":")
            bytes.writeJSONString(room.name)
            bytes.writeString(",\"streams\":\(streams)}")
        }
        bytes.writeEnd(next: found.hasMore ? found.values.last?.room.name : nil)
        return bytes
    }

    private func streams(_ page: AdminPage) async throws(Problem) -> ByteBuffer {
        var start: UInt64?
        if let after = page.after {
            guard let id = UInt64(after, radix: 36) else { throw .badRequest("“after” is no stream's id") }
            start = id
        }
        let found = await census.streams(after: start, limit: page.limit, user: page.user)
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"streams\":[")
        for (index, stream) in found.values.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            bytes.write(stream)
        }
        bytes.writeEnd(next: found.hasMore ? found.values.last.map { String($0.id, radix: 36) } : nil)
        return bytes
    }

    // MARK: Doing

    private func disconnect(_ request: Request) async throws -> Response {
        let body = try AdminBody(try await Self.body(of: request, upTo: 4_096), allowed: [.user, .stream, .bar])
        let target: ControlCommand.Target
        switch (try body.text(.user), try body.text(.stream)) {
        case (let user?, nil):
            target = .user(user)
            guard target.isPossible else { throw Problem.badRequest("“user” is empty or too long") }
        case (nil, let stream?):
            target = .stream(stream)
            guard target.isPossible else { throw Problem.badRequest("“stream” is no stream's id") }
        default: throw Problem.badRequest("Name either a “user” or a “stream”")
        }
        var bar: Duration?
        if let text = try body.text(.bar) {
            guard let time = DurationText.read(text), time <= ControlCommand.longestBar else {
                throw Problem.badRequest("“bar” must be a duration such as 10m or 24h, at most 366d; 0s lifts a bar")
            }
            bar = time
        }
        let nodes: Int
        do throws(BrokerError) {
            nodes = try await desk.order(ControlCommand(target, bar: bar))
        } catch {
            throw Problem.unavailable(error, writing: false)
        }
        return Self.answer(.accepted, ByteBuffer(string: "{\"nodes\":\(nodes)}"))
    }

    private func publish(_ request: Request) async throws -> Response {
        let limit = configuration.current.maxBody
        let body = try AdminBody(try await Self.body(of: request, upTo: limit + 1_024), allowed: [.room, .message])
        guard let name = try body.text(.room), let room = Room(name) else { throw Problem.badRoom }
        guard let bytes = body.value(.message) else { throw Problem.badRequest("There is no “message”") }
        guard bytes.readableBytes <= limit else { throw Problem.contentTooLarge(limit) }
        let (status, message) = try await publisher.publish(
            bytes,
            to: room,
            from: nil,
            // An operator is nobody's own voice.
            origin: Origin(stream: nil, isAnonymous: true)
        )
        return Self.answer(status, message)
    }

    // MARK: Requests and answers

    /// A page of another site can have a browser send anything but this type without asking first.
    private static func body(of request: Request, upTo limit: Int) async throws -> ByteBuffer {
        guard let type = request.headers[.contentType], MessagePosting.isJSON(type) else {
            throw Problem.unsupportedMediaType
        }
        do {
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem.contentTooLarge(limit)
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ body: ByteBuffer) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: body)
        )
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ stream: StreamSummary) {
        writeString("{\"stream\":\"\(String(stream.id, radix: 36))\"")
        if let user = stream.user {
            writeStaticString(",\"user\":")
            writeJSONString(user)
        }
        if let address = stream.address { writeString(",\"address\":\"\(address)\"") }
        writeStaticString(",\"rooms\":[")
        for (index, room) in stream.rooms.enumerated() {
            if index > 0 { writeStaticString(",") }
            writeJSONString(room.name)
        }
        writeString("],\"room_count\":\(stream.roomCount)}")
    }

    /// Ends a list, and says from where to go on.
    fileprivate mutating func writeEnd(next: String?) {
        writeStaticString("],\"next\":")
        if let next { writeJSONString(next) } else { writeStaticString("null") }
        writeStaticString("}")
    }
}
