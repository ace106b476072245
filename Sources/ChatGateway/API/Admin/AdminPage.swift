import Hummingbird

/// Which part of a list an operator asks for: `?limit=100&after=…`, and of streams `&user=…`.
struct AdminPage: Hashable {
    /// Entries at most, 1 to 1,000.
    var limit = 100
    /// Behind this entry.
    var after: String?
    /// Of this user.
    var user: String?

    init(_ request: Request) throws(Problem) {
        guard let target = RequestTarget(request.head.path ?? "") else { throw .notFound }
        try self.init(target.parameters())
    }

    init(_ parameters: [(name: String, value: String)]) throws(Problem) {
        for (name, value) in parameters {
            switch name {
            case "limit":
                guard let number = Int(value), (1...1_000).contains(number) else {
                    throw .badRequest("“limit” must be a whole number from 1 to 1000")
                }
                limit = number
            case "after": after = value
            case "user": user = value
            default: throw .badRequest("There is no such parameter")
            }
        }
    }
}
