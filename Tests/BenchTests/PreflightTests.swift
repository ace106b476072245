import Foundation
import IntegrationSupport
import Testing

@testable import chat_gateway

private func preflight(_ arguments: [String], _ machine: Preflight.Machine, pids: [Int] = []) throws -> Preflight {
    let plan = try BenchOptions.parse(arguments).plan(cores: machine.cores.count)
    let endpoints = try plan.targets.map { try Endpoint(host: $0.host, port: $0.port) }
    return Preflight(plan, endpoints: endpoints, servers: pids.map { ObservedProcess(pid: $0) }, machine: machine)
}

@Test("Too few descriptors are told with the number of processes that is enough")
func tooFewDescriptorsAreTold() throws {
    let machine = Preflight.Machine(descriptors: 4096, ports: 28_232, cores: [0, 1])
    let found = try preflight(["--listeners", "18000"], machine)
    #expect(found.obstacles.count == 1)
    #expect(found.obstacles[0].contains("--processes 5"))
    #expect(try preflight(["--listeners", "18000", "--processes", "5"], machine).obstacles.isEmpty)
}

@Test("Ports are no obstacle on a loopback address and one elsewhere")
func portsAreNoObstacleOnLoopback() throws {
    let machine = Preflight.Machine(descriptors: 200_000, ports: 28_232, cores: [0, 1])
    #expect(try preflight(["--listeners", "50000"], machine).obstacles.isEmpty)
    let elsewhere = try preflight(["--listeners", "50000", "--url", "http://192.0.2.1:80"], machine)
    #expect(elsewhere.obstacles.count == 1)
    #expect(elsewhere.obstacles[0].contains("28232"))
}

@Test("A process that does not exist is an obstacle, shared cores are a remark")
func processesAreLookedAt() throws {
    let machine = Preflight.Machine(descriptors: 200_000, ports: 28_232, cores: [0])
    #expect(try preflight([], machine, pids: [999_999_999]).obstacles.count == 1)
    #expect(try preflight([], machine).remarks.count == 1)
}

@Test("Only a server that listens on a target's port needs descriptors for its streams")
func onlyTheServerNeedsDescriptors() async throws {
    let machine = Preflight.Machine(descriptors: 200_000, ports: 28_232, cores: [0, 1])
    let node = try await GatewayProcess(descriptors: 2000)
    defer { node.child.signal(SIGKILL) }
    #expect(ObservedProcess(pid: Int(node.child.pid)).listeningPorts?.contains(try node.port) == true)
    let arguments = ["--listeners", "3000", "--threads", "1", "--url"]
    let remarks = try preflight(arguments + [node.url], machine, pids: [Int(node.child.pid)]).remarks
    #expect(remarks.contains { $0.contains("2000 descriptors, and needs about 3128") }, "\(remarks)")
    let others = try preflight(arguments + ["http://127.0.0.1:1"], machine, pids: [Int(node.child.pid)]).remarks
    #expect(!others.contains { $0.contains("descriptors") }, "\(others)")
}
