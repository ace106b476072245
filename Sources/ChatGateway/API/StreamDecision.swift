import NIOCore
import NIOHTTP1

/// What becomes of a request for a stream, by what is at hand.
enum StreamDecision {
    case open(StreamRequest, cookie: ResumeCookie?)
    case refuse(Problem)
    /// Nobody can tell now: the client is to come back.
    case postpone(StreamRequest)
    /// Somebody has to be asked first.
    case ask(AccessControl, StreamRequest, Credentials)
    /// The user may not come back yet.
    case barred
}

extension Gate.Shared {
    /// Decides about a request, whatever connection it came on; counts nothing.
    ///
    /// The other end of the connection is asked for where a limit counts addresses.
    func decide(
        _ endpoint: Endpoint,
        _ target: RequestTarget,
        _ headers: HTTPHeaders,
        _ policy: GatePolicy,
        peer: @autoclosure () -> ClientAddress?
    ) -> StreamDecision {
        do throws(Problem) {
            var request = try admission.request(endpoint, target, headers, maximumRooms: policy.maximumRooms)
            request.address = policy.addresses?.client(peer: peer()) { headers[$0] }
            guard let access else { return decide(.open(request, cookie: nil), request) }
            let credentials = try Credentials(stream: target.parameters(), headers, cookie: access.access.cookie)
            let opening = access.admit(request, credentials)
            return opening == .ask ? .ask(access, request, credentials) : decide(opening, request)
        } catch {
            return .refuse(error)
        }
    }

    /// Decides after whoever had to be asked.
    func decide(_ opening: AccessControl.Opening, _ request: StreamRequest) -> StreamDecision {
        switch opening {
        case .open(let request, let cookie):
            if let user = request.user, bars.contains(user) { .barred } else { .open(request, cookie: cookie) }
        case .refuse(let problem): .refuse(problem)
        case .postpone, .ask: .postpone(request)
        }
    }

    /// The head of a stream's answer.
    func streamHead(
        id: String,
        path: String,
        _ headers: HTTPHeaders,
        _ policy: GatePolicy,
        cookie: ResumeCookie?
    ) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: 1024)
        bytes.writeStaticString(
            """
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream\r
            Cache-Control: no-store, no-transform\r
            X-Accel-Buffering: no\r
            Connection: close\r

            """
        )
        bytes.writeField("Date", date.text)
        bytes.writeField(RequestIDs.header, id)
        let origin = headers.first(name: "origin")
        for field in policy.cors.headers(origin: origin) { bytes.writeField(field.name, field.value) }
        if let cookie {
            let isSecure = RequestSource.isSecure(
                isTLS: access?.isTLS ?? false,
                forwardedProtocol: headers.first(name: RequestSource.forwardedProtocolField)
            )
            bytes.writeField("Set-Cookie", cookie.field(path: path, isSecure: isSecure))
        }
        bytes.writeStaticString("\r\n")
        return bytes
    }
}
