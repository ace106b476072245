import ChatGateway
import NIOCore

extension RedisCore: LinkOwner {
    func linkGreeted(_ link: LinkHandler, _ greeting: Greeting) {
        guard handlers[link.link] === link else { return }
        greeted[link.link] = link
        if let policy = link.evictionPolicy, policy != "noeviction", !hasWarnedOfEviction {
            hasWarnedOfEviction = true
            settings.logger.warning(
                "Redis may evict logs when its memory is full; set maxmemory-policy noeviction",
                metadata: ["redis.maxmemory-policy": "\(policy)"]
            )
        }
        perform(links.greeted(link.link, greeting, now: now, jitter: jitter))
    }

    func linkFailed(_ link: LinkHandler, reason: String) {
        guard handlers[link.link] === link else { return }
        fail(reason)
        settle()
    }

    func linkSettled(_ link: LinkHandler) {
        guard handlers[link.link] === link else { return }
        settle()
    }

    func linkReceived(_ reply: Reply, on link: LinkHandler) {
        guard handlers[link.link] === link else { return }
        if link.link == .subscription {
            pushed(reply)
        } else if let item = expected[link.link]?.popFirst() {
            answers.answered(link.link)
            answered(item, reply)
        } else {
            fail("a reply that nobody asked for")
        }
    }

    // MARK: The subscription link

    private func pushed(_ reply: Reply) {
        var reader = reply.reader
        guard reader.array() != nil, let kind = reader.string(), let name = reader.slice() else {
            return fail(reply.error ?? "something else than a message on the subscription link")
        }
        switch kind {
        case "message":
            guard let payload = reader.slice() else { return links.heard() }
            if name == controlChannel {
                links.heard()
                controlArrived(payload)
                return
            }
            if name == nodeChannel, let report = ClusterScripts.readReport(payload) {
                links.heard()
                clusterSink?.receive(report)
                return
            }
            guard let publication = Publication(payload, known: subscriptions.timeline?.epoch) else {
                return links.heard()
            }
            published(publication, to: name)
        case "subscribe":
            links.heard()
            if let room = rooms[name] ?? settings.names.room(of: String(buffer: name)) {
                perform(subscriptions.confirmed(room))
            }
        default:
            links.heard()
        }
    }

    private func controlArrived(_ payload: ByteBuffer) {
        if let command = ControlMessage.read(payload) {
            controlSink?.receive(command)
        } else if let (watcher, time) = ClusterScripts.readWatch(payload, names: settings.names),
            watcher != settings.nodeChannel
        {
            clusterSink?.isWatched(by: watcher, for: time)
        }
    }

    private func published(_ publication: Publication, to name: ByteBuffer) {
        switch publication {
        case .origin(let position, let origin):
            links.heard()
            announcedOrigin = (position, origin)
        case .message(let epoch, var entry):
            links.heard()
            if let announced = announcedOrigin {
                announcedOrigin = nil
                if announced.position == entry.position { entry.origin = announced.origin }
            }
            guard let room = rooms[name] else { return }
            if let action = subscriptions.messageArrived(entry, epoch: epoch, in: room) { perform(action) }
        case .probe(let serial, let epoch, let top):
            links.heard(probe: serial)
            lastProbe = now
            if let action = subscriptions.probeArrived(epoch: epoch, top: top) { perform(action) }
        case .signal(let signal):
            links.heard()
            if let room = rooms[name] { signalSink?.receive(signal, in: room) }
        case .mark(let mark, let epoch, let top):
            links.heard()
            perform(subscriptions.marked(mark, epoch: epoch, top: top))
        }
    }
}
