import ChatGateway
import Foundation
import IntegrationSupport
import Testing
import Yams

/// Whether the Kubernetes manifests are what Kubernetes takes, and agree with the image and the program.
@Suite struct KubernetesTests {
    private let text: String

    init() throws {
        text = try Checkout.text("deploy/kubernetes/chat-gateway.yaml")
    }

    @Test func `the manifests fit Kubernetes's own schemas`() async throws {
        let path = Checkout.root.appending(path: "deploy/kubernetes/chat-gateway.yaml").path
        let check = """
            import sys, yaml, kubernetes_validate
            documents = list(yaml.safe_load_all(open(sys.argv[1])))
            for document in documents: kubernetes_validate.validate(document, "1.33", strict=True)
            print(" ".join(document["kind"] for document in documents))
            """
        let kinds = try await ChildProcess.output(of: "python3", ["-c", check, path])
        #expect(kinds == "Deployment Service PodDisruptionBudget\n")
    }

    @Test func `ports, user, variables and times agree with the image and the program`() throws {
        let dockerfile = try Checkout.text("deploy/Dockerfile")
        #expect(text.contains("containerPort: \(GatewayConfiguration().port)}"))
        let user = try #require(dockerfile.firstMatch(of: /--uid (\d+)/)).output.1
        #expect(text.contains("runAsUser: \(user)\n"))
        // What a Service of the gateway's name puts into the environment is refused, and rightly.
        #expect(text.contains("enableServiceLinks: false\n"))
        let grace = try #require(text.firstMatch(of: /terminationGracePeriodSeconds: (\d+)/)).output.1
        let pause = try #require(text.firstMatch(of: /sleep: \{seconds: (\d+)\}/)).output.1
        let (whole, before) = (try #require(Int(grace)), try #require(Int(pause)))
        #expect(.seconds(whole - before) > GatewayConfiguration().drain)
        // A Redis that restarts takes no pod out of the ingress.
        let readiness = try #require(text.firstMatch(of: /readinessProbe:([\s\S]*?)livenessProbe:/)).output.1
        let period = try #require(readiness.firstMatch(of: /periodSeconds: (\d+)/)).output.1
        let failures = try #require(readiness.firstMatch(of: /failureThreshold: (\d+)/)).output.1
        #expect(try #require(Int(period)) * #require(Int(failures)) >= 60)
    }

    @Test func `the program takes the variables that the manifests set`() async throws {
        let names = text.matches(of: /name: (CHAT_GATEWAY_\w+)/).map { String($0.output.1) }
        #expect(names.sorted() == ["CHAT_GATEWAY_NODE", "CHAT_GATEWAY_REDIS"])
        let child = try await ChildProcess(
            try GatewayProcess.program(),
            ["check-config"],
            environment: [
                "CHAT_GATEWAY_NODE": "chat-gateway-7d9f-x2x", "CHAT_GATEWAY_REDIS": "redis://:p@redis:6379/0",
            ]
        )
        #expect(try await child.end() == .exit(0))
        try await eventually("its output has ended") { child.isDrained }
        for name in names { #expect(child.text(of: .standard).contains(name)) }
        #expect(child.text(of: .error) == "")
    }
}
