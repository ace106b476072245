extension RoomLog {
    /// What a read brought of the range it was for.
    ///
    /// Its end is the range's, or its last message where there is more to read. Its start is a message of the room, or
    /// what is missing: the range may begin anywhere in between, and where the page is put in front of a log, whoever is
    /// further behind would take the stretch from the message to there for a hole.
    init(_ page: Page, of range: ReadRange) {
        self.init(start: page.entries.first.map { min(range.after, $0.previous) } ?? range.after)
        for entry in page.entries where entry.position > end {
            append(Frame(entry, epoch: page.timeline.epoch, previous: entry.previous))
        }
        if !page.hasMore { extend(to: range.through) }
    }
}
