import Foundation

/// What came of a request.
enum Answer: Equatable, Sendable {
    /// An answer, and how long it took.
    case answered(AnswerHead, body: String, after: Duration)
    /// None.
    case failed(RequestFailure)

    var head: AnswerHead? {
        if case .answered(let head, _, _) = self { head } else { nil }
    }

    var body: String {
        if case .answered(_, let body, _) = self { body } else { "" }
    }

    /// Whether a message was taken, now or before.
    var isTaken: Bool { head.map { [200, 201].contains($0.status) } ?? false }

    /// The status, and what the gateway says of it; or why there is no answer.
    var summary: String {
        switch self {
        case .failed(let failure): failure.description
        case .answered(let head, _, _): detail.map { "\(head.status), \(Check.quoted($0))" } ?? "\(head.status)"
        }
    }

    /// What a problem of the gateway says.
    var detail: String? {
        guard head?.type == "application/problem+json" else { return nil }
        struct Problem: Decodable { var detail: String }
        return try? JSONDecoder().decode(Problem.self, from: Data(body.utf8)).detail
    }
}
