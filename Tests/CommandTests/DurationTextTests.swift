import ChatGateway
import Testing

struct DurationTextTests {
    @Test(
        "A whole number with a unit is a duration",
        arguments: [
            ("0s", Duration.zero), ("500ms", .milliseconds(500)), ("15s", .seconds(15)), ("10m", .seconds(600)),
            ("1h", .seconds(3600)), ("7d", .seconds(604_800)),
        ]
    )
    func reading(text: String, duration: Duration) {
        #expect(DurationText.read(text) == duration)
        #expect(DurationText.write(duration) == text)
    }

    @Test(
        "Anything else is no duration",
        arguments: [
            "", "15", "s", "15 s", " 15s", "-1s", "+1s", "1.5s", "15S", "1s1s", "15sec", "٣s", "9999999999999999999s",
            "9223372036854775807d", "40000d",
        ]
    )
    func refusing(text: String) {
        #expect(DurationText.read(text) == nil)
    }

    @Test("A duration is written in the largest unit that holds it exactly")
    func writing() {
        #expect(DurationText.write(.seconds(90)) == "90s")
        #expect(DurationText.write(.milliseconds(1500)) == "1500ms")
        #expect(DurationText.write(.seconds(86_400)) == "1d")
    }
}
