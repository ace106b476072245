import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Makes requests as many people would: each has connections of its own, so that proxies see each as somebody new.
struct Visitor: Sendable {
    /// The longest answer that is read.
    private static let maximumBytes = 4 * 1024 * 1024

    let plan: DoctorPlan
    /// The start of the examination.
    let start = ContinuousClock.now

    /// Since the start.
    var now: Duration { ContinuousClock.now - start }

    /// A request with what all of them have.
    func request(_ method: HTTPMethod = .GET, _ url: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "User-Agent", value: "chat-gateway-doctor/\(version)")
        if let token = plan.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let origin = plan.origin { request.headers.add(name: "Origin", value: origin) }
        return request
    }

    /// Asks, and reads the whole answer.
    func answer(to request: HTTPClientRequest) async -> Answer {
        let began = now
        do {
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await read(request, began: began) }
                group.addTask {
                    try await Task.sleep(for: plan.wait)
                    throw RequestFailure.silent
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .failed(.silent)
            }
        } catch {
            return .failed(RequestFailure(error))
        }
    }

    /// Holds streams while the body runs.
    func hold<Result>(
        _ requests: [HTTPClientRequest],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (StreamBoard) async -> Result
    ) async -> Result {
        let board = StreamBoard(requests.map { _ in StreamRecord(prefix: plan.prefix) })
        return await withTaskGroup(of: Void.self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { await listen(request, as: index, on: board) }
            }
            let result = await body(board)
            group.cancelAll()
            return result
        }
    }

    private func read(_ request: HTTPClientRequest, began: Duration) async throws -> Answer {
        try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            let response = try await client.execute(request, deadline: .distantFuture)
            do {
                let body = try await response.body.collect(upTo: Self.maximumBytes)
                return .answered(AnswerHead(response), body: String(buffer: body), after: now - began)
            } catch is NIOTooManyBytesError {
                throw RequestFailure.endless
            }
        }
    }

    private func listen(_ request: HTTPClientRequest, as index: Int, on board: StreamBoard) async {
        var failure: RequestFailure?
        do {
            try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                let response = try await client.execute(request, deadline: .distantFuture)
                board.note(index) { $0.opened(AnswerHead(response)) }
                for try await bytes in response.body {
                    try board.note(index) { stream throws(RequestFailure) in try stream.received(bytes, at: now) }
                }
            }
        } catch {
            failure = RequestFailure(error)
        }
        // Who has heard enough closes the stream, which says nothing of it.
        guard !Task.isCancelled else { return }
        board.note(index) { $0.ended(failure, at: now) }
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(plan.wait)
        // Asked again, a host that refuses would look like one that is slow.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let authorities = plan.authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorities)
            configuration.tlsConfiguration = tls
        }
        return configuration
    }
}

extension AnswerHead {
    fileprivate init(_ response: HTTPClientResponse) {
        self.init(status: Int(response.status.code), version: response.version, fields: response.headers)
    }
}
