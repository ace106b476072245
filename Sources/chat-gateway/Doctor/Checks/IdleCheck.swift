extension Check {
    /// Judges how long a silent stream lived.
    static func idle(_ silence: Silence?) -> Check {
        guard let silence else { return Check(.idle, .notChecked, "what arrives late, or not at all, cannot tell") }
        let stream = silence.stream
        guard stream.ready != nil, let last = stream.lastByteAt else {
            return Check(
                .idle,
                .notChecked,
                "the stream was not let in: \(stream.bye.map(quoted) ?? "no answer in time")"
            )
        }
        if let bye = stream.bye {
            return Check(.idle, .notChecked, "the gateway itself ended the stream: \(quoted(bye))")
        }
        if let endedAt = stream.endedAt {
            return cut(stream, age: endedAt - silence.begin, silence: endedAt - last)
        }
        let held = (silence.end - silence.begin).short
        let longest = max(stream.longestSilence, silence.end - last)
        // What a proxy allows unless told otherwise; the gateway's heartbeat is a quarter of it.
        guard longest < .seconds(60) else {
            return Check(
                .idle,
                .warning,
                "a silent stream lived for \(held), but nothing came for \(longest.short)",
                meaning: "The gateway's heartbeat (--heartbeat, 15 s) does not arrive, or is set to much longer: "
                    + "listeners notice late that a connection is dead, and many proxies cut it.",
            )
        }
        return Check(.idle, .ok, "a silent stream lived for \(held); the longest pause was \(longest.short)")
    }

    private static func cut(_ stream: StreamRecord, age: Duration, silence: Duration) -> Check {
        // A limit of silence cannot have let a longer one pass.
        if silence < stream.longestSilence {
            return Check(
                .idle,
                .problem,
                "a stream was cut \(age.short) after its beginning, whatever it got",
                meaning: "Something on the way limits how long a connection or an answer may last: a load balancer, a "
                    + "CDN. Give streams an hour or more there; each cut costs a reconnect.",
            )
        }
        return Check(
            .idle,
            .problem,
            "a silent stream was cut after \(silence.short) of silence",
            meaning: "The gateway writes a heartbeat after 15 s of silence (--heartbeat): the proxy has to wait for "
                + "several of them. For the locations of streams:",
            nginx: ["proxy_read_timeout 60s;"],
        )
    }
}
