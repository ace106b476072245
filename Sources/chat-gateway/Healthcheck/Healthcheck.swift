import ArgumentParser
import Foundation
import NIOPosix

/// `chat-gateway healthcheck`: asks the node on this machine whether it is ready.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the node on this machine whether it is ready; exit 0 or 1.",
        usage: "chat-gateway healthcheck [options of serve]",
        discussion: ServeFlags.discussion,
    )

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        let reading = await ConfigurationReading(flags: flags, environment: ProcessInfo.processInfo.environment)
        let gateway = try reading.get().gateway
        guard gateway.opsPort != 0 else {
            throw Mistake(source: "ops-port", reason: "0 lets the kernel choose, so that nobody knows where to ask")
        }
        let question = ReadinessQuestion(host: LocalAddress.reaching(gateway.opsHost), port: gateway.opsPort)
        let answer = try await MultiThreadedEventLoopGroup.withEventLoopGroup(numberOfThreads: 1) { loops in
            try await question.ask(on: loops, within: .seconds(3))
        }
        guard answer.status == 200 else { throw Mistake(source: "\(question)", reason: answer.reason) }
    }
}
