/// One question about the way to a gateway, and how it was answered.
struct Check: Encodable, Hashable, Sendable {
    /// The questions, in the order in which they are asked.
    enum Name: String, Encodable, CaseIterable {
        /// Does a gateway answer at all?
        case reach
        /// Which HTTP do browsers speak, and how many tabs does that allow?
        case httpVersion = "http-version"
        /// Are streams let in?
        case streams
        /// Does what is written to a stream arrive at once?
        case buffering
        /// Is a stream compressed?
        case compression
        /// Is anything kept and given to somebody else?
        case caching
        /// Are messages taken?
        case posts
        /// Are messages as long as the gateway takes them let through?
        case bodySize = "body-size"
        /// Do all nodes get what is posted to one of them?
        case nodes
        /// Does the cursor of a stream that comes back arrive?
        case lastEventID = "last-event-id"
        /// Does a stream go on where it was, on another node too?
        case resume
        /// May pages of another origin use the gateway?
        case cors
        /// Does a stream live on when nothing is said?
        case idle
    }

    /// How a question was answered.
    enum Outcome: String, Encodable {
        /// As it should be.
        case ok
        /// Worth knowing; nobody misses anything.
        case warning
        /// Listeners or senders are harmed.
        case problem
        /// It could not be asked, or was not to be.
        case notChecked = "not checked"
    }

    var name: Name
    var outcome: Outcome
    /// What was seen, in one phrase.
    var seen: String
    /// What that means, and what to do about it.
    var meaning: String?
    /// The lines of nginx's configuration to change.
    var nginx: [String]?

    init(_ name: Name, _ outcome: Outcome, _ seen: String, meaning: String? = nil, nginx: [String]? = nil) {
        self.name = name
        self.outcome = outcome
        self.seen = seen
        self.meaning = meaning
        self.nginx = nginx
    }

    /// A text of a peer's, short and without anything that means something to a terminal.
    static func quoted(_ text: some StringProtocol) -> String { JSONText.quoted(String(text.prefix(200))) }
}
