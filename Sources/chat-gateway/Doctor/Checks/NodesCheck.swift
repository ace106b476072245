extension Check {
    /// Judges whether a message gets to the streams of all nodes.
    static func nodes(_ conversation: Conversation, isBuffered: Bool) -> Check {
        let streams = conversation.open.filter { $0.ready != nil }
        guard !isBuffered else { return Check(.nodes, .notChecked, "what arrives late cannot tell") }
        guard !streams.isEmpty else { return Check(.nodes, .notChecked, "there is no stream") }
        let nodes = Set(streams.compactMap { $0.ready?.node })
        let names = list(nodes)
        let taken = conversation.taken
        guard !taken.isEmpty else {
            return Check(.nodes, .notChecked, "\(names) answered, but no message was taken")
        }
        let groups = Dictionary(grouping: streams) { Set($0.messages.keys).intersection(taken) }
        let reached = groups.keys.reduce(into: Set<String>()) { $0.formUnion($1) }
        guard groups.count == 1, reached == taken else {
            return apart(groups, taken: taken, reached: reached)
        }
        guard nodes.count > 1 else {
            return Check(.nodes, .ok, "one node, \(names), answered all \(streams.count) streams; no other was met")
        }
        return Check(.nodes, .ok, "\(nodes.count) nodes, \(names), get each other's messages")
    }

    private static func apart(
        _ groups: [Set<String>: [StreamRecord]],
        taken: Set<String>,
        reached: Set<String>
    ) -> Check {
        let parts = groups.map { messages, streams in
            "\(list(Set(streams.compactMap { $0.ready?.node }))) \(messages.count)"
        }
        var seen = "of \(taken.count) messages got " + parts.sorted().joined(separator: ", ")
        if reached != taken { seen += "; \(taken.subtracting(reached).count) reached no stream at all" }
        guard !reached.isEmpty else {
            return Check(
                .nodes,
                .problem,
                seen,
                meaning:
                    "Either the nodes that take messages are not on one Redis with those that have the streams, or "
                    + "a proxy keeps all that comes after the beginning of a stream. For the locations of streams:",
                nginx: ["proxy_buffering off;"],
            )
        }
        return Check(
            .nodes,
            .problem,
            seen,
            meaning:
                "A message gets only to a part of the nodes: they are not all on one Redis. Start all with the same "
                + "--redis (also the same database) and --redis-prefix, and see that no other cluster's nodes are in:",
            nginx: ["upstream gateway {", "    …", "}"],
        )
    }

    /// Names of nodes, as a sentence has them.
    static func list(_ nodes: Set<String>) -> String {
        let shown = nodes.sorted().prefix(8).map { quoted($0.prefix(64)) }
        return shown.joined(separator: " and ") + (nodes.count > shown.count ? " and more" : "")
    }
}
