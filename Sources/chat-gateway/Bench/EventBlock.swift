/// One block of an SSE stream, up to its blank line: where its fields' values stand in the scanned bytes.
///
/// An empty range means that the block has no such field, or an empty one. `data` of several lines reaches from the
/// first line's value to the last one's end and contains what stands between them.
struct EventBlock: Equatable {
    var name = 0..<0
    var data = 0..<0
    var id = 0..<0
    var retryMilliseconds: Int?

    var hasFields: Bool {
        !data.isEmpty || !id.isEmpty || !name.isEmpty || retryMilliseconds != nil
    }
}
