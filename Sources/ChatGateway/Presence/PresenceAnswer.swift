/// What an update is answered.
public struct PresenceAnswer: Hashable, Sendable {
    /// A node that the account knows.
    public struct Node: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// The number of its last update, which shows that it lives.
        ///
        /// 0 where it is being taken out; where it has gone by itself one less than minus the milliseconds that its users
        /// are to stay.
        public var renewal: Int64

        /// Makes a node.
        public init(name: String, renewal: Int64) {
            self.name = name
            self.renewal = renewal
        }
    }

    /// Whether it was taken over; otherwise nothing was, and the node has to say everything under a new name.
    public var isKnown: Bool
    /// The history of the account: another one where data were lost, or brought back.
    public var epoch: String
    /// After which time something is due to be told, with another update; nil for nothing.
    public var next: Duration?
    /// All nodes.
    public var nodes: [Node]

    /// Makes an answer.
    public init(isKnown: Bool, epoch: String = "", next: Duration? = nil, nodes: [Node] = []) {
        self.isKnown = isKnown
        self.epoch = epoch
        self.next = next
        self.nodes = nodes
    }
}
