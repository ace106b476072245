/// Where one epoch ended and the next began.
public struct Seam: Hashable, Sendable {
    /// The epoch that ended.
    public var epoch: Epoch
    /// The highest position that was given in it, as far as the broker knows.
    public var top: Position
    /// Whether everything up to ``top`` is in the history that followed: false where messages were lost.
    public var isKept: Bool

    /// Makes a seam.
    public init(epoch: Epoch, top: Position, isKept: Bool) {
        self.epoch = epoch
        self.top = top
        self.isKept = isKept
    }
}

/// A broker's history: its present epoch and how it came about from earlier ones.
public struct Timeline: Hashable, Sendable {
    /// The present epoch.
    public var epoch: Epoch
    /// The seams to earlier epochs, the latest first.
    public var seams: [Seam]

    /// Makes a timeline.
    public init(epoch: Epoch, seams: [Seam] = []) {
        self.epoch = epoch
        self.seams = seams
    }
}

extension Timeline {
    /// What a position of some epoch is worth in the present one.
    public enum Standing: Hashable, Sendable {
        /// The position is of the present epoch.
        case present(Position)
        /// The position is of an earlier epoch, and everything up to it was kept: it holds on.
        case kept(Position)
        /// Messages around it were lost; what is certain ends at the position.
        case lost(Position)
        /// The epoch is not in this history.
        case unknown
    }

    /// Carries a position of another epoch, or a cursor, over into the present one.
    public func standing(of cursor: Cursor) -> Standing {
        if cursor.epoch == epoch { return .present(cursor.position) }
        guard let seam = seams.first(where: { $0.epoch == cursor.epoch }) else { return .unknown }
        if seam.isKept, cursor.position <= seam.top { return .kept(cursor.position) }
        return .lost(min(cursor.position, seam.top))
    }
}

extension Timeline {
    /// Where what was certain at a cursor of another epoch ends now; nil where all of it was kept.
    func cut(of cursor: Cursor) -> Position? {
        switch standing(of: cursor) {
        case .present, .kept: nil
        case .lost(let position): position
        case .unknown: .zero
        }
    }
}
