import Hummingbird
import NIOCore

/// The page that shows the cluster, and the stream of reports that feeds it.
struct ClusterRoutes: Sendable {
    let desk: ClusterDesk

    func add(to router: some RouterMethods<OpsRequestContext>) {
        for asset in ClusterPage.assets {
            router.get(RouterPath(asset.path)) { request, _ in
                // To the router both are one path; the page's files are found from the second only.
                guard request.uri.path != "/admin" else {
                    return Response(status: .permanentRedirect, headers: [.location: "admin/"])
                }
                return PageRoutes.answer(request, with: asset)
            }
        }
        router.get("admin/events") { request, context in try events(request, on: context.channel) }
    }

    /// Each report of each node as it comes, until the operator leaves.
    private func events(_ request: Request, on channel: any Channel) throws(Problem) -> Response {
        guard desk.hasRoom else { throw .tooManyOperators }
        let desk = desk
        var hello = ByteBuffer(string: "event: ready\ndata: {\"node\":")
        hello.writeJSONString(desk.subject.configuration.current.node)
        hello.writeStaticString("}\n\n")
        let body = ResponseBody { [hello] writer in
            let watcher = ClusterWatcher(on: channel)
            if desk.add(watcher) {
                defer { desk.remove(watcher) }
                try await writer.write(hello)
                for await event in watcher.events { try await writer.write(event) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store, no-transform"],
            body: body
        )
    }
}

extension Problem {
    fileprivate static let tooManyOperators = Problem(
        status: .tooManyRequests,
        detail: "\(ClusterDesk.watcherLimit) pages watch this node already, or it is stopping",
        headers: [Header(name: "Retry-After", value: "5")]
    )
}
