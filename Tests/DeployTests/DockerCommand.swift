import IntegrationSupport
import Testing
import Yams

/// A `docker compose` command as a document gives it; it is not run, as there is no Docker where the tests are.
struct DockerCommand {
    private let words: [String]
    private let assignments: [String]

    /// Takes the words behind `docker compose`, and the variables that stand before it.
    init(_ words: some Sequence<String>, _ assignments: some Sequence<String>) {
        self.words = Array(words)
        self.assignments = Array(assignments)
    }

    /// Looks whether the files, variables and services are there.
    func check() throws {
        var rest = words[...]
        var files: [String] = []
        while rest.first == "-f", rest.count > 1 {
            files.append(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
        }
        let texts = try (files.isEmpty ? ["docker-compose.yml"] : files).map { try Checkout.text($0) }
        let services = try YAMLDecoder().decode(Compose.self, from: Checkout.text("docker-compose.yml")).services
        for assignment in assignments {
            let name = assignment.prefix { $0 != "=" }
            #expect(texts.contains { $0.contains("${\(name):") || $0.contains("${\(name)}") }, "\(assignment)")
        }
        let command = rest.popFirst()
        #expect(["build", "up", "down", "kill", "logs", "ps"].contains(command), "\(words)")
        while let word = rest.popFirst() {
            switch word {
            case "--build", "--detach", "--wait", "--no-recreate", "--volumes": break
            case "-s": #expect(rest.popFirst() == "HUP")
            case "--profile": _ = rest.popFirst()
            case "--scale":
                let scale = rest.popFirst() ?? ""
                #expect(services.keys.contains(String(scale.prefix { $0 != "=" })), "\(scale)")
            default: #expect(services.keys.contains(word), "\(word)")
            }
        }
    }
}
