import ChatGateway
import IntegrationSupport
import Testing

struct MetricsPageTests {
    @Test("The page on metrics names every one of them, and none that there is not", arguments: Metric.allCases)
    func names(metric: Metric) throws {
        let page = try Checkout.text("Sources/ChatGateway/ChatGateway.docc/Metrics.md")
        let named = page.matches(of: /`(chat_gateway_[a-z_]+?)(_total|_seconds)?`/).map { String($0.output.1) }
        let plain = metric.rawValue.hasSuffix("_seconds") ? String(metric.rawValue.dropLast(8)) : metric.rawValue
        #expect(named.contains(plain))
        let labels = Set(Metric.allCases.map { $0.rawValue.replacing("_seconds", with: "") })
        #expect(named.filter { !labels.contains($0) } == [])
    }
}
