import ChatGateway
import ChatGatewayTesting
import Testing

@Suite struct LocalBrokerConformanceTests {
    @Test(arguments: BrokerConformance.Check.allCases)
    func keepsWhatABrokerPromises(check: BrokerConformance.Check) async throws {
        let conformance = BrokerConformance { _, history in [LocalBroker(history: history)] }
        try await conformance.run(check)
    }
}
