/// Why the body of a request is not a message; always the sender's fault.
enum MessageBodyError: Error, Hashable {
    /// The body is not JSON, or not an object.
    case json(JSONError)
    /// The `id` that the sender gave is none, at this byte of the body.
    case invalidID(offset: Int)

    /// One sentence for the sender.
    var detail: String {
        switch self {
        case .json(let error): "The body is not a JSON object that can be taken: \(error.description)."
        case .invalidID(let offset):
            "A message's \"id\" must be a string of 1 to 64 of the characters A-Z, a-z, 0-9, _ and -, at byte \(offset)."
        }
    }
}
