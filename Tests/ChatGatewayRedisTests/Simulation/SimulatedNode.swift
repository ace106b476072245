import ChatGateway
import NIOCore

@testable import ChatGatewayRedis

/// A node whose state machines are the real ones, and whose links lead to simulated processes.
final class SimulatedNode {
    let name: String
    private(set) var ledger = Ledger()
    private(set) var wanted: Set<Room> = []
    private var links: LinksState
    private var subscriptions = Subscriptions(limits: .init(reads: 2, roomsPerRead: 2, waiting: 500))
    private var open: [Link: SimulatedLink] = [:]
    private let world: SimulatedWorld
    private var isStarted = false

    init(_ name: String, _ world: SimulatedWorld) {
        self.name = name
        self.world = world
        links = LinksState(limits: .init(probe: .milliseconds(400), opening: .milliseconds(800)))
    }

    private var jitter: Double { Double.random(in: 0..<1, using: &world.random) }

    /// Whether the node is up, has noticed every cut, and has all rooms whole.
    var isSettled: Bool {
        links.isUp && !open.values.contains(where: \.isCut) && wanted.allSatisfy(ledger.isWhole)
    }

    /// What the node is up to, for reports.
    var state: String { "\(name) up \(links.isUp) whole \(wanted.filter(ledger.isWhole).count)/\(wanted.count)" }

    func want(_ room: Room) {
        guard wanted.insert(room).inserted else { return }
        if let action = subscriptions.wanted(room) { perform(action) }
    }

    func leave(_ room: Room) {
        guard wanted.remove(room) != nil else { return }
        if let action = subscriptions.unwanted(room) { perform(action) }
        ledger.left(room)
    }

    func post(_ id: Int, to room: Room) {
        guard links.isUp, let run = links.run, let timeline = subscriptions.timeline else { return }
        open[.commands]?.requests.append(.append(room, id, Fence(epoch: timeline.epoch, run: run)))
    }

    func cut(_ link: Link) {
        open[link]?.cut()
    }

    /// Lets the node do one thing.
    func step() {
        if !isStarted {
            isStarted = true
            return perform(links.started(now: world.now))
        }
        perform(links.ticked(now: world.now, jitter: jitter))
        if open.values.contains(where: \.isCut) { return fail("cut") }
        let ready = Link.allCases.filter { open[$0]?.replies.isEmpty == false }
        guard let link = ready.randomElement(using: &world.random), let reply = open[link]?.replies.popFirst() else {
            for action in subscriptions.settled() { perform(action) }
            return
        }
        take(reply, from: link)
    }

    private func take(_ reply: SimulatedLink.Reply, from link: Link) {
        if link == .subscription { links.heard() }
        switch reply {
        case .greeting(let greeting):
            perform(links.greeted(link, greeting, now: world.now, jitter: jitter))
        case .confirmed(let room):
            perform(subscriptions.confirmed(room))
        case .message(let room, let entry, let epoch):
            if let action = subscriptions.messageArrived(entry, epoch: epoch, in: room) { perform(action) }
        case .probed(let serial, let standing):
            links.heard(probe: serial)
            if let action = subscriptions.probeArrived(epoch: standing.timeline.epoch, top: standing.top) {
                perform(action)
            }
        case .marked(let mark, let standing):
            perform(subscriptions.marked(mark, epoch: standing.timeline.epoch, top: standing.top))
        case .standing(let standing):
            if links.isUp {
                if let drop = subscriptions.saw(standing.timeline.epoch, standing.top) { perform(drop) }
            } else {
                let announcement = links.probed()
                perform(subscriptions.linksCameUp(standing))
                perform(announcement)
            }
        case .stored(let position, let epoch):
            if let drop = subscriptions.saw(epoch, position) { perform(drop) }
        case .parts(let mark, let standing, let parts):
            perform(subscriptions.readAnswered(mark: mark, standing, parts))
        case .refused:
            fail("refused")
        }
    }

    private func fail(_ reason: String) {
        perform(links.failed(reason, now: world.now, jitter: jitter))
    }

    private func perform(_ action: LinksState.Action) {
        switch action {
        case .none, .announce: break
        case .open:
            for link in Link.allCases {
                let opened = SimulatedLink(to: world.reachable())
                if link == .subscription { opened.requests.append(.listen("node \(name)")) }
                opened.requests.append(.greet)
                open[link] = opened
            }
        case .probe(let serial, let run):
            let request = ProbeScript.Request(
                run: run,
                candidate: world.newEpoch(),
                received: subscriptions.receivedCursor,
                channel: "node \(name)",
                serial: serial
            )
            open[.commands]?.requests.append(.probe(request))
        case .close:
            for link in open.values { link.cut() }
            open = [:]
            perform(subscriptions.linksWentDown())
        }
    }

    private func perform(_ actions: [Subscriptions.Action]) {
        for action in actions {
            perform(action)
            if action.isDrop { return }
        }
    }

    private func perform(_ action: Subscriptions.Action) {
        switch action {
        case .tell(let event): ledger.take(event)
        case .subscribe(let rooms): open[.subscription]?.requests.append(.subscribe(rooms.sorted { $0.name < $1.name }))
        case .unsubscribe(let room): open[.subscription]?.requests.append(.unsubscribe(room))
        case .read(let mark, let wishes):
            guard let run = links.run, let timeline = subscriptions.timeline else { return }
            let fence = Fence(epoch: timeline.epoch, run: run)
            open[.pages]?.requests.append(.read(mark, wishes, fence, "node \(name)"))
        case .drop(let reason): fail(reason)
        }
    }
}
