import Glibc

/// Looks, before a run, for what would spoil it, and says what to change.
struct Preflight {
    /// What a process needs besides its connections.
    static let spareDescriptors = 64

    /// What makes the run impossible.
    private(set) var obstacles: [String] = []
    /// What makes its figures doubtful.
    private(set) var remarks: [String] = []

    /// What the machine offers; a value, so that every finding can be had without such a machine.
    struct Machine {
        var descriptors: Int
        /// Ports that the kernel gives to outgoing connections.
        var ports: Int
        var cores: Set<Int>

        /// This one, after raising the descriptor limit as far as it may be.
        static func current() -> Machine {
            DescriptorLimit.raise()
            let range =
                SystemFile.read("/proc/sys/net/ipv4/ip_local_port_range")?
                .split { $0 == "\t" || $0 == "\n" || $0 == " " }.compactMap { Int($0) } ?? []
            let ports = range.count == 2 ? range[1] - range[0] + 1 : 28_232
            let cores = ObservedProcess(pid: Int(getpid())).cores ?? [0]
            return Machine(descriptors: DescriptorLimit.maximum, ports: ports, cores: cores)
        }
    }

    init(_ plan: BenchPlan, endpoints: [Endpoint], servers: [ObservedProcess], machine: Machine) {
        checkDescriptors(plan, machine)
        checkPorts(plan, endpoints, machine)
        checkCores(plan, servers, machine)
        for server in servers {
            guard server.exists else {
                obstacles.append("--pid \(server.pid): there is no such process")
                continue
            }
            let ports = server.listeningPorts
            let taken = plan.targets.count { ports?.contains($0.port) ?? true }
            let needed = (plan.listeners + plan.connections) * taken / plan.targets.count + Self.spareDescriptors
            if taken > 0, let limit = server.descriptorLimit, limit < needed {
                remarks.append(
                    "process \(server.pid) may have \(limit) descriptors, and needs about \(needed): "
                        + "start it with a higher ulimit -n"
                )
            }
        }
    }

    private mutating func checkDescriptors(_ plan: BenchPlan, _ machine: Machine) {
        let each = (plan.listeners + plan.processes - 1) / plan.processes
        let needed = each + plan.connections + Self.spareDescriptors
        guard needed > machine.descriptors else { return }
        let room = machine.descriptors - plan.connections - Self.spareDescriptors
        let advice =
            room > 0
            ? "use --processes \((plan.listeners + room - 1) / room) or raise ulimit -n"
            : "raise ulimit -n or use fewer --connections"
        obstacles.append(
            "\(each) listeners in a process need \(needed) descriptors, and it may have \(machine.descriptors): \(advice)"
        )
    }

    private mutating func checkPorts(_ plan: BenchPlan, _ endpoints: [Endpoint], _ machine: Machine) {
        let each = (plan.listeners + plan.targets.count - 1) / plan.targets.count + plan.connections
        let fewest = endpoints.map { max(1, $0.sourceAddresses) * machine.ports }.min() ?? machine.ports
        guard each > fewest else { return }
        obstacles.append(
            "\(each) connections to one target need as many ports, and there are \(fewest): use more --url, more "
                + "machines and bench merge, or widen net.ipv4.ip_local_port_range"
        )
    }

    private mutating func checkCores(_ plan: BenchPlan, _ servers: [ObservedProcess], _ machine: Machine) {
        let wanted = plan.threads * plan.processes + (plan.load == .none ? 0 : 1)
        if wanted > machine.cores.count {
            remarks.append(
                "\(wanted) threads of the tester share \(machine.cores.count) core(s): its own work may limit the result "
                    + "(--threads, --processes)"
            )
        }
        for server in servers where server.cores.map({ !$0.isDisjoint(with: machine.cores) }) ?? false {
            remarks.append(
                "process \(server.pid) may run on the tester's cores: pin them apart with taskset for figures to compare"
            )
        }
    }
}
