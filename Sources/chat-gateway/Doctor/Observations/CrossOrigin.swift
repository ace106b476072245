/// What pages of another origin get.
struct CrossOrigin: Equatable, Sendable {
    var origin: String
    /// The answer to the question that browsers ask before they post.
    var preflight: Answer
    var stream: AnswerHead?
    var post: AnswerHead?
}
