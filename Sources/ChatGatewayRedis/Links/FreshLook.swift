import NIOCore

/// A connection of its own, opened just to see who answers at Redis's address.
final class FreshLook: LinkOwner {
    private var handler: LinkHandler?
    private var found: ((Greeting?) -> Void)?

    /// Looks; `found` is called once, on the loop, with nil where nobody answers in time.
    init(
        _ url: RedisURL,
        tls: RedisTLS?,
        on loop: any EventLoop,
        within limit: Duration,
        found: @escaping (Greeting?) -> Void
    ) {
        self.found = found
        let handler = LinkHandler(.commands, url: url, tls: tls, nodeChannel: "", controlChannel: "", owner: self)
        self.handler = handler
        handler.connect(on: loop, within: limit)
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanoseconds)) { [weak self] in self?.end(nil) }
    }

    /// Ends the look without an answer.
    func close() {
        found = nil
        handler?.close()
        handler = nil
    }

    private func end(_ greeting: Greeting?) {
        guard let found else { return }
        close()
        found(greeting)
    }

    func linkGreeted(_ link: LinkHandler, _ greeting: Greeting) { end(greeting) }
    func linkReceived(_ reply: Reply, on link: LinkHandler) {}
    func linkSettled(_ link: LinkHandler) {}
    func linkFailed(_ link: LinkHandler, reason: String) { end(nil) }
}

@available(*, unavailable)
extension FreshLook: Sendable {}
