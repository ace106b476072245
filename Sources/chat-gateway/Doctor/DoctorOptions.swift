import ArgumentParser
import ChatGateway
import Foundation

/// What `chat-gateway doctor` takes.
struct DoctorOptions: ParsableArguments {
    @Argument(help: "Where browsers find the gateway: https://HOST[:PORT][/PREFIX].")
    var url: String

    @Option(help: "A room to listen and to post in. (default: one of its own)")
    var room: String?

    @Option(help: "A token, for a gateway that wants one; others on this machine can read it here.")
    var token: String?

    @Option(help: ArgumentHelp("A file that holds the token.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("How long to hold a silent stream; most proxies cut after 60s.", valueName: "time"),
        transform: DoctorOptions.time,
    )
    var idle = Duration.seconds(70)

    @Option(
        help: ArgumentHelp("How long to wait for what should come at once.", valueName: "time"),
        transform: DoctorOptions.time,
    )
    var wait = Duration.seconds(5)

    @Option(help: ArgumentHelp("The origin of pages on another host, https://HOST[:PORT].", valueName: "origin"))
    var origin: String?

    @Option(help: ArgumentHelp("Streams to open at once, to meet several nodes.", valueName: "n"))
    var streams = 8

    @Option(help: ArgumentHelp("Authorities to trust instead of the system's (PEM).", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("Write the checks as JSON too.", valueName: "file"))
    var json: String?

    func validate() throws {
        guard GatewayAddress(url) != nil else {
            throw ValidationError("\(url): not http://HOST[:PORT][/PREFIX], nor with https")
        }
        guard (1...100).contains(streams) else { throw ValidationError("--streams is 1 to 100") }
        guard wait >= .milliseconds(100) else { throw ValidationError("--wait is at least 100ms") }
        if let room, Room(room) == nil { throw ValidationError("--room: not the name of a room") }
        if let origin, origin.wholeMatch(of: #/https?://[^\s/?#@]+/#) == nil || !origin.isPrintableASCII {
            throw ValidationError("--origin: not https://HOST[:PORT]")
        }
        if token != nil, tokenFile != nil { throw ValidationError("--token and --token-file exclude each other") }
    }

    /// Works out what to do; throws where a file cannot be read.
    func plan() throws -> DoctorPlan {
        guard let address = GatewayAddress(url) else { throw ValidationError("\(url): not the URL of a gateway") }
        let token = try token ?? tokenFile.map { try Self.text(of: $0) }
        guard token?.isPrintableASCII != false else { throw ValidationError("the token is not printable ASCII") }
        if let ca, !FileManager.default.isReadableFile(atPath: ca) { throw ValidationError("\(ca): cannot be read") }
        let run = RunName.random().text
        return DoctorPlan(
            address: address,
            run: run,
            room: room ?? "doctor-\(run)",
            token: token,
            origin: origin,
            streams: streams,
            idle: idle,
            wait: wait,
            authorities: ca,
        )
    }

    @Sendable private static func time(_ text: String) throws -> Duration {
        guard let duration = DurationText.read(text), duration > .zero, duration <= .seconds(86_400) else {
            throw ValidationError("\(text): a time is 500ms, 30s or 5m")
        }
        return duration
    }

    private static func text(of path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 65_536,
            let text = String(data: data, encoding: .utf8)
        else { throw ValidationError("\(path): cannot be read as a text of at most 64 KiB") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension String {
    /// Whether a field of a request's head can carry it.
    fileprivate var isPrintableASCII: Bool { utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
