/// Where a stream starts, given what its listener presents and what the node knows.
enum StreamStart: Hashable {
    /// At the position; the listener is told of a gap in every room where there is a reason.
    case at(Position, gap: GapReason?)
    /// The listener is ahead of the node: the broker has to be asked for its top.
    case askTop
    /// The listener comes from a history that the node does not know: the broker has to be asked whether the node is the
    /// one behind.
    case askTimeline

    /// Decides.
    ///
    /// - Parameters:
    ///   - presented: What the listener says it has come to.
    ///   - timeline: The history that the node knows.
    ///   - clock: The position up to which the node has everything.
    ///   - top: The broker's highest position, where it was asked after the listener came, and the node is on the
    ///     broker's timeline.
    init(_ presented: StreamRequest.Presented, timeline: Timeline, clock: Position, top: Position?) {
        switch presented {
        case .nothing: self = .at(clock, gap: nil)
        case .unreadable: self = .at(clock, gap: .unknownCursor)
        case .cursor(let cursor):
            switch timeline.standing(of: cursor) {
            case .present(let position) where position <= clock: self = .at(position, gap: nil)
            case .present(let position):
                if let top {
                    self = position <= top ? .at(position, gap: nil) : .at(clock, gap: .dataLost)
                } else {
                    self = .askTop
                }
            case .kept(let position): self = .at(position, gap: nil)
            case .lost(let position): self = .at(position, gap: .dataLost)
            case .unknown: self = top == nil ? .askTimeline : .at(.zero, gap: .dataLost)
            }
        }
    }
}
