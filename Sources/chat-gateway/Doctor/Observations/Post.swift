/// A message that was posted.
struct Post: Equatable, Sendable {
    var id: String
    /// The length of the request's body.
    var size: Int
    /// When it was sent.
    var sentAt: Duration
    var answer: Answer
}
