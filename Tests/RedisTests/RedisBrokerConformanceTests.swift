import ChatGateway
import ChatGatewayTesting
import IntegrationSupport
import Logging
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct RedisBrokerConformanceTests {
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
                            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                        )
                    }
            }
            try await conformance.run(check)
        }
    }
}
