extension Check {
    /// Judges whether the field with the cursor arrives.
    static func lastEventID(_ resumption: Resumption?) -> Check {
        guard let streams = resumption?.byField.filter({ $0.isStream && $0.ready != nil }), !streams.isEmpty else {
            return Check(.lastEventID, .notChecked, "no stream could come back")
        }
        let shown = streams.count(where: Resumption.wasShown)
        guard shown < streams.count else { return Check(.lastEventID, .ok, "the field arrives") }
        let byQuery = resumption?.byQuery.contains(where: Resumption.wasShown) == true
        return Check(
            .lastEventID,
            .problem,
            "the field did not arrive with \(streams.count - shown) of \(streams.count) streams"
                + (byQuery ? ", though the same cursor does in the query" : ", nor does the cursor in the query"),
            meaning: "A proxy takes Last-Event-ID away. Listeners who come back miss what was said meanwhile, and are "
                + "not told.",
            nginx: [
                "# without", #"proxy_set_header Last-Event-ID "";"#, "proxy_pass_request_headers off;", "# or with",
                "proxy_set_header Last-Event-ID $http_last_event_id;",
            ],
        )
    }

    /// Judges whether a stream goes on where it was.
    static func resume(_ resumption: Resumption?, isSplit: Bool) -> Check {
        guard let resumption else { return Check(.resume, .notChecked, "no stream could come back") }
        guard !isSplit else { return Check(.resume, .notChecked, "nodes without each other's messages cannot") }
        let streams = (resumption.byField + resumption.byQuery)
            .filter { $0.isStream && Resumption.wasShown(to: $0) }
        guard !streams.isEmpty else { return Check(.resume, .notChecked, "no node was shown a cursor") }
        let elsewhere = streams.filter { $0.ready?.node != resumption.origin }
        let broken = streams.filter { stream in
            !stream.gaps.isEmpty || !resumption.expected.allSatisfy { stream.messages[$0] != nil }
        }
        let count = resumption.expected.count
        guard let first = broken.first else {
            let place = elsewhere.isEmpty ? "on its node; no other was met" : "on other nodes too"
            return Check(.resume, .ok, "a stream goes on \(place), with the \(count) messages it had not seen")
        }
        let names = list(Set(broken.compactMap { $0.ready?.node }))
        if let reason = first.gaps.min() {
            return Check(
                .resume,
                .problem,
                "\(names) cannot go on from a cursor of \(quoted(resumption.origin)): \(quoted(reason))",
                meaning:
                    "“expired”: the nodes keep too little (--history, --history-age). Otherwise they do not have one "
                    + "Redis, or it has lost its data meanwhile.",
            )
        }
        return Check(.resume, .problem, "\(names) did not send all of the \(count) messages that a stream had not seen")
    }
}
