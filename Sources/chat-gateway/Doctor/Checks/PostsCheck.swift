extension Check {
    /// Says whether messages were taken.
    static func posts(_ conversation: Conversation) -> Check {
        guard let last = conversation.posts.last else { return Check(.posts, .notChecked, "nothing was posted") }
        guard !last.answer.isTaken else {
            return Check(.posts, .ok, "\(conversation.posts.count) of \(conversation.posts.count) messages were taken")
        }
        let seen = "a message was answered \(last.answer.summary)"
        switch last.answer.head?.status {
        case 401, 403:
            return Check(
                .posts,
                .warning,
                seen,
                meaning:
                    "Name a room and a token that may write in it, to see how messages travel: --room, --token-file.",
            )
        case 429: return Check(.posts, .warning, seen, meaning: limits, nginx: forwarded)
        case 405 where last.answer.detail == nil:
            return Check(
                .posts,
                .problem,
                seen,
                meaning: "A proxy lets only some methods through.",
                nginx: ["limit_except GET POST OPTIONS { deny all; }"],
            )
        case .some(400..<500) where last.answer.detail != nil:
            return Check(.posts, .warning, seen, meaning: ownWords)
        default: return Check(.posts, .problem, seen)
        }
    }

    /// Says whether a message of nearly the gateway's longest was taken.
    static func bodySize(_ conversation: Conversation) -> Check {
        guard let push = conversation.push else { return Check(.bodySize, .notChecked, "no message was taken") }
        let size = "a message of \(push.size / 1024) KiB"
        switch push.answer {
        case .answered(let head, _, _) where head.status == 413 && push.answer.detail != nil:
            return Check(.bodySize, .ok, "\(size) is more than this gateway takes (--max-body)")
        case .answered(let head, _, _) where head.status == 429:
            return Check(.bodySize, .warning, "\(size) was answered 429", meaning: limits, nginx: forwarded)
        case _ where push.answer.isTaken: return Check(.bodySize, .ok, "\(size) is let through")
        case .answered where push.answer.detail != nil:
            return Check(.bodySize, .warning, "\(size) was answered \(push.answer.summary)", meaning: ownWords)
        default:
            return Check(
                .bodySize,
                .problem,
                "\(size) was answered \(push.answer.summary)",
                meaning: "The gateway takes messages of up to 64 KiB (--max-body); a proxy has a lower limit.",
                nginx: ["client_max_body_size 256k;"],
            )
        }
    }

    /// What a problem with a detail says: a proxy's own pages have none.
    private static let ownWords = "The gateway itself says so: the message came as far as there."
}
