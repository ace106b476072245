extension Check {
    /// Judges whether what the gateway writes arrives at once.
    static func buffering(_ conversation: Conversation) -> Check {
        let streams = conversation.open
        guard !streams.isEmpty else { return Check(.buffering, .notChecked, "there is no stream") }
        guard !conversation.isUnreadable else {
            return Check(.buffering, .notChecked, "the streams are compressed, though nobody asked for it")
        }
        let never = Duration.seconds(Int64.max)
        // Nothing is posted before all streams are ready, or the wait for them is over.
        let postedAt = conversation.posts.first?.sentAt ?? never
        let pushedAt = conversation.push?.sentAt ?? never
        let late = streams.filter { ($0.readyAt ?? never) > postedAt }
        guard late.isEmpty else {
            let share = "\(late.count) of \(streams.count) streams"
            return switch late.compactMap(\.readyAt).max() {
            case .some(let last) where last > pushedAt:
                buffered("nothing of \(share) came until \(kibibytes(conversation)) KiB more were posted")
            case .some:
                buffered("nothing of \(share) came until messages were posted, after \(conversation.wait.short)")
            case .none: buffered("nothing of \(share) came in \(conversation.wait.short)")
            }
        }
        let posts = conversation.posts.filter(\.answer.isTaken)
        let stuck = posts.filter { post in
            streams.contains { ($0.messages[post.id] ?? .zero) > pushedAt }
        }
        guard stuck.isEmpty else {
            return buffered(
                "\(stuck.count) of \(posts.count) messages came only when \(kibibytes(conversation)) KiB more were posted"
            )
        }
        guard
            let last = posts.flatMap({ post in streams.compactMap { $0.messages[post.id] }.map { $0 - post.sentAt } })
                .max()
        else { return Check(.buffering, .ok, "the streams began at once; no message could show more") }
        return Check(.buffering, .ok, "messages came at once, the last after \(last.short)")
    }

    private static func kibibytes(_ conversation: Conversation) -> Int { (conversation.push?.size ?? 0) / 1024 }

    private static func buffered(_ seen: String) -> Check {
        Check(
            .buffering,
            .problem,
            seen,
            meaning: "A proxy collects what the gateway writes, though that says X-Accel-Buffering: no. "
                + "Listeners get nothing, or late. For the locations of streams:",
            nginx: [
                "proxy_buffering off;", "proxy_cache off;", "# and without", "proxy_ignore_headers X-Accel-Buffering;",
            ],
        )
    }
}
