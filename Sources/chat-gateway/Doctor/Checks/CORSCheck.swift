import NIOHTTP1

extension Check {
    /// Judges what pages of another origin may do.
    static func cors(_ seen: CrossOrigin?, own: String) -> Check {
        guard let seen else { return Check(.cors, .notChecked, "--origin names the origin of pages on another host") }
        let origin = seen.origin
        guard origin.lowercased() != own else { return Check(.cors, .ok, "pages of \(origin) are at home here") }
        let heads = [seen.preflight.head, seen.stream, seen.post].compactMap { $0 }
        let values = heads.map { $0.fields[canonicalForm: "access-control-allow-origin"] }
        if values.contains(where: { $0.count > 1 }) {
            return Check(
                .cors,
                .problem,
                "answers name an origin twice: \(quoted(values.max { $0.count < $1.count }?.joined(separator: ", ") ?? ""))",
                meaning: "Browsers refuse that. The gateway says it (--cors-origin), so that the proxy must not:",
                nginx: ["# without", "add_header Access-Control-Allow-Origin …;"],
            )
        }
        guard values.contains(where: { !$0.isEmpty }) else {
            return Check(
                .cors,
                .problem,
                "pages of \(origin) may neither listen nor post",
                meaning: "Start the nodes with --cors-origin \(origin). If they are, a proxy takes their answer away:",
                nginx: ["# without", "proxy_hide_header Access-Control-Allow-Origin;"],
            )
        }
        let listens = seen.stream.map { allows($0, origin) }
        let asks = allowsPosting(seen.preflight.head, origin)
        let posts = seen.post.map { allows($0, origin) } ?? true
        let may = [(listens ?? true, "listen"), (asks && posts, "post")]
        let refused = may.filter { !$0.0 }.map(\.1)
        guard !refused.isEmpty else {
            return Check(.cors, .ok, "pages of \(origin) may \(listens == nil ? "post" : "listen and post")")
        }
        return Check(
            .cors,
            .problem,
            "pages of \(origin) may not \(refused.joined(separator: " nor "))"
                + (asks ? "" : "; the preflight was answered \(seen.preflight.summary)"),
            meaning: "Start all nodes with --cors-origin \(origin), and let OPTIONS through to them.",
        )
    }

    private static func allows(_ head: AnswerHead, _ origin: String) -> Bool {
        let values = head.fields[canonicalForm: "access-control-allow-origin"]
        return values.count == 1 && (values[0] == "*" || values[0].lowercased() == origin.lowercased())
    }

    private static func allowsPosting(_ head: AnswerHead?, _ origin: String) -> Bool {
        guard let head, (200..<300).contains(head.status), allows(head, origin) else { return false }
        let fields = head.fields[canonicalForm: "access-control-allow-headers"].map { $0.lowercased() }
        // POST is among the methods that need no permission; its type is not.
        return fields.contains("content-type") || fields.contains("*")
    }
}
