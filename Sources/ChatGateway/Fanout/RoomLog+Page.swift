extension RoomLog {
    /// What a read brought of the range it was for.
    ///
    /// Its end is the range's, or its last message where there is more to read.
    init(_ page: Page, of range: ReadRange) {
        self.init(start: range.after)
        for entry in page.entries where entry.position > end {
            append(Frame(entry, epoch: page.timeline.epoch, previous: entry.previous))
        }
        if !page.hasMore { extend(to: range.through) }
    }
}
