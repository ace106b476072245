import Testing

@testable import ChatGatewayRedis

@Suite struct RefusalTests {
    @Test(arguments: [
        "OOM command not allowed when used memory > 'maxmemory'. script: abc, on @user_script:46.",
        "ERR Error running script (call to f_abc): @user_script:46: -OOM command not allowed when used memory",
        "MISCONF Redis is configured to save RDB snapshots", "BUSY Redis is busy running a script.",
        "NOPERM this user has no permissions to run the 'evalsha' command",
        "FENCED another epoch or process", "READONLY You can't write against a read only replica.",
        "ERR Error running script (call to f_abc): @user_script:46: -READONLY You can't write against a replica",
        "LOADING Redis is loading the dataset in memory", "NOSCRIPT No matching script. Please use EVAL.",
    ])
    func knownRefusalsMeanNotStored(text: String) {
        #expect(Refusal(text).stored == .no)
    }

    @Test(arguments: ["ERR unknown", "ERR user_script:3: -NOOM x", "WRONGTYPE Operation against a key", ""])
    func anythingElseMaySayNothing(text: String) {
        #expect(Refusal(text).stored == .unknown)
    }

    @Test func onlyAnotherPlaceAndAnUnknownScriptAreMoreThanRefusals() {
        #expect(Refusal("NOSCRIPT No matching script.") == .isUnknownScript)
        #expect(Refusal("FENCED x") == .isWrongPlace("Redis has another epoch"))
        #expect(Refusal("READONLY x") == .isWrongPlace("this Redis is a replica"))
        #expect(Refusal("OOM x") == .isRefused("Redis has no memory left"))
    }
}
