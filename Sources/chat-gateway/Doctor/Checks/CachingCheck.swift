import NIOHTTP1

extension Check {
    /// Judges whether somebody keeps answers, or is told that he may.
    ///
    /// `before` is the list of messages before any was posted; `after` the same on as many connections as there are streams,
    /// or until one was another. With `isSplit` nodes do not have each other's messages, so that a list is old by itself.
    static func caching(_ conversation: Conversation, before: Answer, after: [Answer], isSplit: Bool) -> Check {
        let ids = conversation.streams.compactMap { $0.ready?.stream }
        if Set(ids).count < ids.count {
            return kept("two visitors got the same stream", "Listeners get what was written to somebody else.")
        }
        let hits = (conversation.heads + after.compactMap(\.head)).compactMap(hit)
        if let hit = hits.first {
            return kept("an answer comes from a cache: \(hit)", "Listeners get what was written to somebody else.")
        }
        if !isSplit, !conversation.taken.isEmpty, after.allSatisfy({ $0.body == before.body }) {
            return kept(
                "the list of messages is the same before and after messages were posted",
                "A proxy keeps it, so that people see an old one.",
            )
        }
        guard let head = conversation.heads.first else { return Check(.caching, .notChecked, "no stream has begun") }
        let fields = head.fields[canonicalForm: "cache-control"].map { $0.lowercased() }
        let shown = fields.isEmpty ? "no Cache-Control" : "Cache-Control: \(quoted(fields.joined(separator: ", ")))"
        let invites = fields.contains {
            $0 == "public" || $0.hasPrefix("max-age=") && $0 != "max-age=0" || $0.hasPrefix("s-maxage=")
        }
        guard fields.contains("no-store"), !invites else {
            return Check(
                .caching,
                .problem,
                "streams arrive with \(shown)",
                meaning: "The gateway says “no-store, no-transform”; a proxy has put something else there, and a cache "
                    + "between it and the listener may keep a stream. For the locations of streams:",
                nginx: ["# without", "add_header Cache-Control …;", "expires …;", "proxy_hide_header Cache-Control;"],
            )
        }
        guard fields.contains("no-transform") else {
            return Check(
                .caching,
                .warning,
                "streams arrive with \(shown), without “no-transform”",
                meaning: "A proxy between this one and the listener may compress or change them.",
                nginx: ["# without", "add_header Cache-Control …;", "proxy_hide_header Cache-Control;"],
            )
        }
        return Check(.caching, .ok, "nothing is kept: \(shown)")
    }

    private static func kept(_ seen: String, _ meaning: String) -> Check {
        Check(
            .caching,
            .problem,
            seen,
            meaning: "\(meaning) For the gateway's locations:",
            nginx: ["proxy_cache off;", "# or at least without", "proxy_ignore_headers Cache-Control;"],
        )
    }

    private static func hit(_ head: AnswerHead) -> String? {
        for name in ["cache-status", "cf-cache-status", "x-cache", "x-cache-status", "x-proxy-cache"] {
            let values = head.fields[canonicalForm: name]
            if let value = values.first(where: { $0.lowercased().contains("hit") }) {
                return quoted("\(name): \(value)")
            }
        }
        guard let age = head.fields.first(name: "age"), let seconds = Int(age), seconds > 0 else { return nil }
        return "Age: \(seconds)"
    }
}
