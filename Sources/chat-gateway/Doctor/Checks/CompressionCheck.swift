extension Check {
    /// Judges what came of a stream that could be compressed.
    static func compression(_ conversation: Conversation) -> Check {
        let unasked = conversation.heads.first { $0.encoding != nil }
        let stream = conversation.compressible
        guard let head = unasked ?? stream.head, head.isEventStream else {
            return Check(.compression, .notChecked, "there is no stream")
        }
        guard let encoding = head.encoding else {
            return Check(.compression, .ok, "streams are not compressed")
        }
        let pushedAt = conversation.push?.sentAt ?? .seconds(Int64.max)
        let isStuck = unasked == nil && stream.firstByteAt.map { $0 > pushedAt } ?? true
        return Check(
            .compression,
            .problem,
            "streams are compressed: \(quoted(encoding))" + (unasked == nil ? "" : ", even where nobody asked for it")
                + (isStuck ? ", and do not flow" : ""),
            meaning: "The gateway says no-transform. Compression keeps some 256 KiB of the proxy's memory for each "
                + "stream, and may hold messages back. For the locations of streams:",
            nginx: ["gzip off;", "# or without text/event-stream, and without *, in", "gzip_types …;"],
        )
    }
}
