import Testing

/// Gives a suite one chromedriver, started before its first test and stopped after its last.
struct ChromeTrait: SuiteTrait, TestScoping {
    @TaskLocal fileprivate static var driver: ChromeDriver?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable () async throws -> Void
    )
        async throws
    {
        let driver = try await ChromeDriver()
        do {
            try await Self.$driver.withValue(driver, operation: body)
            await driver.stop()
        } catch {
            await driver.stop()
            throw error
        }
    }
}

extension Trait where Self == ChromeTrait {
    /// One chromedriver for the suite.
    static var chrome: Self { Self() }
}

extension ChromeDriver {
    /// The driver of the suite that runs.
    static var current: ChromeDriver {
        get throws {
            guard let driver = ChromeTrait.driver else { throw WebDriverError("the suite lacks the trait .chrome") }
            return driver
        }
    }
}
