extension Check {
    /// Says whether streams were let in.
    static func streams(_ conversation: Conversation) -> Check {
        let all = conversation.streams
        let refused = all.filter { !$0.isStream }
        guard let first = refused.first else {
            let state = all.allSatisfy { $0.ready != nil } ? "all are ready" : "none was refused"
            return Check(.streams, .ok, "\(all.count) streams were opened, \(state)")
        }
        let outcome: Outcome = refused.count == all.count ? .problem : .warning
        let share = "\(refused.count) of \(all.count) streams"
        if let bye = first.bye {
            return Check(
                .streams,
                outcome,
                "\(share) were refused: \(quoted(bye))",
                meaning: advice(on: bye),
                nginx: bye == "limited" ? forwarded : nil,
            )
        }
        if let head = first.head, head.status == 200, !head.isEventStream {
            return Check(
                .streams,
                .problem,
                "\(share) are no streams of events, but of type \(quoted(head.type))",
                meaning: "An EventSource takes text/event-stream only, which is what the gateway sends.",
                nginx: ["# without", "proxy_hide_header Content-Type;"],
            )
        }
        if let head = first.head, head.status != 200 {
            return Check(
                .streams,
                outcome,
                "\(share) were answered \(head.status)",
                meaning: "An EventSource gives up for good then. The gateway says so for tokens and rooms only (401, "
                    + "403); anything else comes from a proxy: its limits (limit_conn, limit_req), or no node.",
            )
        }
        return Check(.streams, outcome, "\(share) failed: \(first.failure?.description ?? "they ended")")
    }

    private static func advice(on bye: String) -> String? {
        switch bye {
        case "limited": limits + " Otherwise try fewer: --streams."
        case "overloaded": "The nodes have as many streams as they take (--max-streams): add nodes."
        case "not-ready": "The nodes cannot be reached, or cannot reach Redis: /readyz of each says why."
        case "draining": "A node is being stopped. Try again."
        default: nil
        }
    }
}
