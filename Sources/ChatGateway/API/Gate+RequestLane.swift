import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

extension Gate {
    func begin(_ head: HTTPRequestHead?) -> Present {
        requestCount += 1
        let present = Present(
            id: shared.ids.id(head?.headers ?? [:]),
            number: requestCount,
            method: head?.method ?? .GET,
            target: head == nil ? nil : target,
            isHTTP10: head?.version == .http1_0,
            origin: head?.headers.first(name: "origin"),
            isApplications: head != nil && isApplications
        )
        self.present = present
        return present
    }

    func answer(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        let present = begin(head)
        setReadSize(GateChannel.readSize)
        guard target != nil else { return write(.unreadable) }
        if head.method == .OPTIONS, let endpoint { return answerOptions(endpoint) }
        if head.method == .POST, let endpoint {
            do throws(Problem) {
                if let room = try shared.posting.room(of: endpoint) { return post(head, body, to: room) }
            } catch {
                return write(error)
            }
        }
        route(head, body, present)
    }

    private func post(_ head: HTTPRequestHead, _ body: ByteBuffer, to room: Room) {
        guard let context else { return }
        let (posting, channel) = (shared.posting, context.channel)
        run { writer in
            do throws(Problem) {
                writer.write(try await posting.post(head, body, to: room, on: channel))
            } catch {
                writer.write(error)
            }
        }
    }

    private func route(_ head: HTTPRequestHead, _ body: ByteBuffer, _ present: Present) {
        guard let context, var request = try? HTTPRequest(head, secure: false, splitCookie: false) else {
            return write(.unreadable)
        }
        request.headerFields[.requestID] = present.id
        var logger = shared.logger
        logger[metadataKey: "request.id"] = "\(present.id)"
        let lane = (present.isApplications ? shared.application?.lane : nil) ?? shared.lane
        let channel = context.channel
        run { [request, logger] writer in await lane(request, body, channel, logger, writer) }
    }

    /// Runs what answers the present request, on this loop; at once, as far as that waits for nothing.
    private func run(_ body: @escaping @Sendable (AnswerWriter) async -> Void) {
        guard let context, let present else { return }
        let writer = AnswerWriter(gate: NIOLoopBound(self, eventLoop: context.eventLoop))
        let executor = shared.fanout.loop(on: context.eventLoop).executor
        isNowUnderWay()
        let task: Task<Void, Never>
        if #available(macOS 26, *) {
            task = Task.immediate(executorPreference: executor) { await body(writer) }
        } else {
            task = Task(executorPreference: executor) { await body(writer) }
        }
        // By now it may be answered, and another one be the present.
        if self.present?.number == present.number { self.present?.task = task }
    }

    func isNowUnderWay() {
        shared.requests.began()
        present?.isUnderWay = true
    }

    private func answerOptions(_ endpoint: Endpoint) {
        var head = HTTPResponseHead(version: .http1_1, status: .noContent)
        head.headers.add(name: "Allow", value: endpoint.methods)
        for field in policy.cors.preflightHeaders(origin: present?.origin, methods: endpoint.methods) {
            head.headers.add(name: field.name, value: field.value)
        }
        write(head, ByteBuffer())
    }

    func refuse(_ head: HTTPRequestHead?, _ problem: Problem) {
        _ = begin(head)
        switch problem.status {
        case .requestHeaderFieldsTooLarge: shared.metrics.reached(.headSize)
        case .contentTooLarge: shared.metrics.reached(.bodySize)
        case .requestTimeout: shared.metrics.reached(.bodyTime)
        default: break
        }
        write(problem)
    }

    func log(status: Int) {
        guard let present else { return }
        shared.log(id: present.id, present.method, path: present.path, status: status)
    }

    func goOn() {
        // An answer that is written at once comes back here: any number of requests may wait, the stack is bounded.
        guard !isGoingOn else { return }
        isGoingOn = true
        defer { isGoingOn = false }
        while !isBusy, let part = waiting.popFirst() { take(part) }
        guard waiting.isEmpty else { return }
        if let problem = failure, !isBusy {
            failure = nil
            perform(machine.failed(problem))
        }
        if isInputClosed, failure == nil { perform(machine.inputClosed()) }
        guard hasHeldRead, !isBusy, let context else { return }
        hasHeldRead = false
        context.read()
    }
}

extension Gate.Shared {
    func log(id: String, _ method: HTTPMethod, path: @autoclosure () -> String, status: Int) {
        logger.debug(
            "Answered a request",
            metadata: [
                "request.id": "\(id)", "http.method": "\(method)", "http.path": "\(path())", "http.status": "\(status)",
            ]
        )
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name(RequestIDs.header) ?? .init(parsed: "x-request-id") ?? .accept
}
