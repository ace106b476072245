import ChatGateway
import ChatGatewayTesting
import IntegrationSupport
import Logging
import NIOPosix
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct RedisBrokerConformanceTests {
    // The suite's recorders take their time on the loop, which other tests' brokers would have to share.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    @Test(arguments: BrokerConformance.Check.allCases)
    func keepsWhatABrokerPromises(check: BrokerConformance.Check) async throws {
        try await RedisServer.with { redis in
            let url = try RedisURL(redis.url())
            // Redis trims a log in nodes of 100 messages.
            let conformance = BrokerConformance(
                maximumBrokers: 3,
                slack: BrokerConformance.Slack(messages: 200)
            ) { count, history in
                (0..<count)
                    .map { index in
                        RedisBroker(
                            url: url,
                            node: "node\(index)",
                            history: history,
                            eventLoopGroup: Self.loops,
                            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                        )
                    }
            }
            try await conformance.run(check)
        }
    }
}
