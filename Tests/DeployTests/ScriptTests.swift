import Testing

/// Whether every script of the checkout can be started, also those that no test has the time or the machine for.
@Suite struct ScriptTests {
    @Test func `their interpreters understand them`() async throws {
        let scripts = try Script.all(in: "deploy", "Tests", ".ci")
        #expect(Set(scripts).isSuperset(of: ["deploy/run", "Tests/run", "Tests/screenshots"]))
        for script in scripts { try await Script(script).check() }
    }
}
