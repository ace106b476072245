import ChatGateway
import NIOCore

@testable import ChatGatewayRedis

/// Nodes, Redis processes, links with delays, and trouble; all by one generator, so that a seed repeats a run.
final class SimulatedWorld {
    enum Trouble: CaseIterable, Hashable {
        case cutLink, cutNode, copy, failOver, restart, flush, trim, forget, freeze, demote, churn
    }

    let rooms: [Room]
    var random: SplitMix
    private(set) var nodes: [SimulatedNode] = []
    private(set) var now = ContinuousClock.now
    private(set) var counts: [Trouble: Int] = [:]
    private(set) var acknowledgeable = 0
    private var clock: UInt64 = 1_000_000
    private var runs = 0
    private var epochs = 0
    private var master: SimulatedProcess
    private var replica: SimulatedProcess?
    private var zombies: [SimulatedProcess] = []
    private let kinds: [Trouble]
    private var isQuiet = false

    init(seed: UInt64, kinds: [Trouble]) {
        random = SplitMix(seed: seed)
        rooms = ["a", "b", "c"].compactMap { Room($0) }
        master = SimulatedProcess(run: "run0", data: SimulatedData(), skew: 0)
        self.kinds = kinds
        nodes = (0..<3).map { SimulatedNode("n\($0)", self) }
    }

    var history: [Room: [SimulatedData.Stored]] { master.data.history }

    /// Where a new connection leads: for a while after a failover still to the old master, now and then.
    func reachable() -> SimulatedProcess {
        if !isQuiet, let zombie = zombies.last, zombie.isMaster, chance(0.2) { return zombie }
        return master
    }

    func newEpoch() -> Epoch {
        epochs += 1
        return Epoch("e\(epochs)") ?? .random()
    }

    /// Runs with trouble, then without until everything is settled; returns what is wrong in the end.
    func run(steps: Int) async -> [String] {
        for number in 0..<steps {
            step()
            // Other tests want to run, too.
            if number % 200 == 0 { await Task.yield() }
        }
        isQuiet = true
        master.isFrozen = false
        for zombie in zombies { for link in zombie.links { link.cut() } }
        for node in nodes { for room in rooms { node.want(room) } }
        // Long enough for every node to probe: before, it cannot know of what has just happened.
        for _ in 0..<2_500 { step() }
        var rest = 60_000
        while rest > 0, !(isDrained && nodes.allSatisfy(\.isSettled)) {
            rest -= 1
            step()
            if rest % 200 == 0 { await Task.yield() }
        }
        guard rest > 0 else { return ["never settled: \(nodes.map(\.state))"] }
        // The next message of a room would uncover a hole that nobody has noticed.
        let faults = verdict
        // And all nodes must hear of that message.
        for room in rooms { nodes[0].post(acknowledgeable + 1, to: room) }
        for _ in 0..<2_000 { step() }
        while !(isDrained && nodes.allSatisfy(\.isSettled)), rest > 0 {
            rest -= 1
            step()
        }
        return faults + verdict
    }

    private var verdict: [String] {
        let mayExpire = kinds.contains(.trim) || kinds.contains(.forget)
        return nodes.flatMap { node in
            node.ledger.verdict(on: history, rooms: rooms, mayExpire: mayExpire).map { "\(node.name): \($0)" }
        }
    }

    private var isDrained: Bool {
        master.links.allSatisfy { $0.requests.isEmpty && $0.replies.isEmpty }
    }

    private func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }

    private func step() {
        let passed = UInt64.random(in: isQuiet ? 0...1 : 0...4, using: &random)
        clock += passed
        now += .milliseconds(Int64(passed))
        guard let node = nodes.randomElement(using: &random), let room = rooms.randomElement(using: &random) else {
            return
        }
        let choice = Double.random(in: 0..<1, using: &random)
        if choice < 0.02, !isQuiet {
            if let kind = kinds.randomElement(using: &random) { cause(kind, node, room) }
        } else if choice < 0.1, !isQuiet {
            acknowledgeable += 1
            node.post(acknowledgeable, to: room)
        } else if choice < 0.12, !isQuiet {
            node.want(room)
        } else if choice < 0.5 {
            serve()
        } else {
            node.step()
        }
    }

    private func serve() {
        let processes = ([master] + zombies).filter { !$0.isFrozen }
        let links = processes.flatMap(\.links).filter { !$0.requests.isEmpty }
        guard let link = links.randomElement(using: &random), let request = link.requests.popFirst() else { return }
        link.process.execute(request, on: link, clock: clock)
        if let replica, chance(0.2) { replica.data = master.data }
    }

    private func cause(_ kind: Trouble, _ node: SimulatedNode, _ room: Room) {
        counts[kind, default: 0] += 1
        switch kind {
        case .cutLink: Link.allCases.randomElement(using: &random).map(node.cut)
        case .cutNode: for link in Link.allCases { node.cut(link) }
        case .copy:
            if replica == nil { replica = newProcess(master.data) }
        case .failOver:
            guard let promoted = replica else { return }
            replica = nil
            zombies.append(master)
            master = promoted
            for node in nodes where chance(0.5) {
                for link in Link.allCases where chance(0.6) { node.cut(link) }
            }
        case .restart:
            let old = master
            master = newProcess(old.data)
            for link in old.links { link.cut() }
        case .flush:
            guard chance(0.3) else { return }
            master.data = SimulatedData()
        case .trim: master.trim(room, to: Int.random(in: 0...3, using: &random))
        case .forget: master.forget(room)
        case .freeze: master.isFrozen.toggle()
        case .demote:
            guard let zombie = zombies.last, zombie.isMaster else { return }
            zombie.isMaster = false
            zombie.data = master.data
            master.mirrors.append(zombie)
        case .churn:
            node.leave(room)
            // At once again: then several SUBSCRIBEs for one room are under way.
            if chance(0.7) { node.want(room) }
        }
    }

    private func newProcess(_ data: SimulatedData) -> SimulatedProcess {
        runs += 1
        return SimulatedProcess(run: "run\(runs)", data: data, skew: chance(0.3) ? 400 : 0)
    }
}
