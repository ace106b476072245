import Foundation
import IntegrationSupport
import Synchronization
import Testing

/// Three nodes behind nginx are replaced by those of another version, one after the other, while messages flow.
@Suite(.serialized) struct RollTests {
    /// Tells the publisher to come to an end.
    private final class Stop: Sendable {
        let isAsked = Atomic(false)
    }

    private static let path = "/rooms/hall"
    private static let listeners = 12

    @Test func `nothing is lost, repeated or reordered while nodes are upgraded and rolled back`() async throws {
        let programs = [try Versions.previous, try Versions.present]
        try await RedisServer.with { redis in
            func node(_ name: String, _ program: String, port: Int = 0) async throws -> GatewayProcess {
                try await GatewayProcess(
                    ["--node", name, "--drain", "1s"],
                    port: port,
                    redis: redis,
                    program: program
                )
            }
            var nodes: [GatewayProcess] = []
            for name in ["a", "b", "c"] { nodes.append(try await node(name, programs[0])) }
            let ports = try nodes.map { try $0.port }
            try await NginxServer.with(nodes: nodes) { nginx in
                let port = try #require(URL(string: nginx.url)?.port)
                let stop = Stop()
                let (posted, heard) = try await withThrowingTaskGroup(of: RollListener.self) { group in
                    for _ in 0..<Self.listeners { group.addTask { try await RollListener.listen(port, Self.path) } }
                    async let posts = Self.post(to: nginx.url + Self.path + "/messages", until: stop)
                    // Forward, and back.
                    for program in programs.reversed() {
                        for (index, name) in ["a", "b", "c"].enumerated() {
                            #expect(await nodes[index].child.stop(within: .seconds(10)) == .exit(0))
                            nodes[index] = try await node(name, program, port: ports[index])
                        }
                    }
                    stop.isAsked.store(true, ordering: .relaxed)
                    return (try await posts, try await group.reduce(into: []) { $0.append($1) })
                }
                #expect(posted > 0)
                for listener in heard {
                    #expect(listener.numbers == Array(0..<posted))
                    #expect(listener.gaps == [])
                }
                // Each node was replaced twice: nobody can have stayed where he was.
                #expect(heard.allSatisfy { $0.streams > 1 })
            }
            for node in nodes { await node.child.kill() }
        }
    }

    /// Posts numbers until told to end, each until it is stored, and one that says that it is the last; how many there were.
    private static func post(to url: String, until stop: Stop) async throws -> Int {
        var number = 0
        while true {
            let isLast = stop.isAsked.load(ordering: .relaxed)
            let json = #"{"id":"n-\#(number)","n":\#(number),"last":\#(isLast)}"#
            try await eventually("message \(number) is stored", within: .seconds(20)) {
                try await Curl.post(json, to: url).status < 300
            }
            number += 1
            if isLast { return number }
        }
    }
}
