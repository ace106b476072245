import ChatGateway
import ChatGatewayTesting
import Testing

/// That the conformance suite finds brokers which do not conform.
@Suite struct BrokerConformanceTests {
    @Test(arguments: FaultyBroker.Fault.allCases)
    func findsEveryFault(fault: FaultyBroker.Fault) async throws {
        let conformance = BrokerConformance(patience: .seconds(1)) { _, history in
            [FaultyBroker(fault, history: history)]
        }
        await #expect(throws: ConformanceFailure.self) { try await conformance.runAll() }
    }
}
