import Testing

@testable import ChatGatewayRedis

@Suite struct RedisURLTests {
    @Test func everyPartIsRead() throws {
        let url = try RedisURL("redis://ann:p%40ss%3Aw%C3%B6rd@redis.example:6380/7")
        #expect(url.host == "redis.example" && url.port == 6380 && url.database == 7)
        #expect(url.user == "ann" && url.password == "p@ss:wörd" && !url.isSecure)
        #expect(url.description == "redis://ann:***@redis.example:6380/7")
    }

    @Test func aSecureURLIsOneAndSaysSo() throws {
        let url = try RedisURL("rediss://:secret@redis.example/2")
        #expect(url.isSecure && url.host == "redis.example" && url.port == 6379 && url.database == 2)
        #expect(url.description == "rediss://:***@redis.example:6379/2")
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let url = try RedisURL("redis://localhost")
        #expect(url == RedisURL(host: "localhost"))
        #expect(url.port == 6379 && url.database == 0 && url.user == nil && url.password == nil)
        #expect(try RedisURL("REDIS://localhost/") == url)
        #expect(try RedisURL("redis://:secret@localhost").user == nil)
        #expect(try RedisURL("redis://:secret@localhost").password == "secret")
        #expect(try RedisURL("redis://[::1]:6380").host == "::1")
        #expect(try RedisURL("redis://[::1]:6380").description == "redis://[::1]:6380/0")
    }

    @Test(arguments: [
        ("localhost:6379", "does not begin with redis:// or rediss://"),
        ("http://localhost", "does not begin with redis:// or rediss://"),
        ("redis://", "has no host"),
        ("redis://:6379", "has no host"),
        ("redis://host:0", "has a port that is not between 1 and 65535"),
        ("redis://host:", "has a port that is not between 1 and 65535"),
        ("redis://host:65536", "has a port that is not between 1 and 65535"),
        ("redis://host:-1", "has a port that is not between 1 and 65535"),
        ("redis://host/a", "has a path that is not the number of a database"),
        ("redis://host/1/2", "has a path that is not the number of a database"),
        ("redis://host/-1", "has a path that is not the number of a database"),
        ("redis://host?x=1", "has a query or a fragment"),
        ("redis://secret@host", "has a user without a password: user:password@"),
        ("redis://ann:@host", "has an empty password"),
        ("redis://ann:secret%4@host", "has broken percent-encoding in user or password"),
        ("redis://ann:secret%FF@host", "has broken percent-encoding in user or password"),
        ("redis://[::1]x", "has no port behind the host"),
    ])
    func whatIsWrongIsSaidWithoutThePassword(text: String, reason: String) {
        let error = #expect(throws: RedisURLError.self) { try RedisURL(text) }
        #expect(error?.description == reason)
        #expect(error?.description.contains("secret") == false)
    }
}
