import ChatGateway

/// What an error reply of Redis means for the command that it answers.
enum Refusal: Hashable, Sendable {
    /// Redis does not know the script's hash: send its text.
    case isUnknownScript
    /// This process is not, or not any more, the one to talk to; nothing was done.
    ///
    /// The links have to go.
    case isWrongPlace(String)
    /// Nothing was done, and trying again at once would not help.
    case isRefused(String)
    /// Nobody knows what was done.
    case isUnclear(String)

    init(_ text: String) {
        // Redis before 7 wraps what a command in a script answered: "ERR Error running script … -OOM …".
        let codes = [
            "NOSCRIPT", "FENCED", "READONLY", "LOADING", "MASTERDOWN", "OOM", "MISCONF", "BUSY", "NOPERM", "NOREPLICAS",
        ]
        let code = codes.first { text.hasPrefix("\($0) ") || text.contains(": -\($0) ") }
        switch code {
        case "NOSCRIPT": self = .isUnknownScript
        case "FENCED": self = .isWrongPlace("Redis has another epoch")
        case "READONLY": self = .isWrongPlace("this Redis is a replica")
        case "LOADING", "MASTERDOWN": self = .isWrongPlace("Redis is loading its data")
        case "OOM": self = .isRefused("Redis has no memory left")
        case "MISCONF": self = .isRefused("Redis cannot save its data")
        case "BUSY": self = .isRefused("Redis is busy with another script")
        case "NOPERM": self = .isRefused("Redis does not permit this user's commands")
        case "NOREPLICAS": self = .isRefused("Redis has too few replicas to write")
        default: self = .isUnclear("Redis answered: \(text.prefix(120))")
        }
    }

    /// The phrase for logs and clients.
    var reason: String {
        switch self {
        case .isUnknownScript: "Redis does not know the script"
        case .isWrongPlace(let reason), .isRefused(let reason), .isUnclear(let reason): reason
        }
    }

    /// What is known of a message whose append was refused so.
    var stored: BrokerError.Outcome {
        if case .isUnclear = self { .unknown } else { .no }
    }
}
