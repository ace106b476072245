import ArgumentParser
import ChatGateway

/// A length of time among the options of `bench`: `500ms`, `30s`, `5m`, at most a day.
struct BenchDuration: ExpressibleByArgument, Equatable, CustomStringConvertible {
    let nanoseconds: Int64

    init(seconds: Int64) {
        nanoseconds = seconds * 1_000_000_000
    }

    init?(argument: String) {
        guard let duration = DurationText.read(argument), duration <= .seconds(86_400) else { return nil }
        nanoseconds = duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }

    var description: String { DurationText.write(.nanoseconds(nanoseconds)) }
}
