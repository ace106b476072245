extension Check {
    /// Says what browsers make of the HTTP version.
    static func httpVersion(_ conversation: Conversation, isSecure: Bool) -> Check {
        guard let head = (conversation.streams + [conversation.compressible]).compactMap(\.head).first else {
            return Check(.httpVersion, .notChecked, "no stream has begun")
        }
        guard head.version.major < 2 else {
            return Check(.httpVersion, .ok, "\(head.protocolName): tabs do not wait for each other")
        }
        return Check(
            .httpVersion,
            .ok,
            "\(head.protocolName): a browser has six streams, in all its tabs together",
            meaning: isSecure
                ? "With HTTP/2 there are enough for everybody. Before nginx 1.25.1 it is a word of `listen`."
                : "With HTTP/2, which browsers speak only over TLS, there are enough for everybody.",
            nginx: ["listen 443 ssl;", "http2 on;"],
        )
    }
}
