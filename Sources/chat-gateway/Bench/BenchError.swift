import Glibc

/// Why a load test cannot be run.
enum BenchError: Error, CustomStringConvertible {
    case system(String, CInt)
    case unresolvable(host: String, reason: String)
    case unusable(String)

    var description: String {
        switch self {
        case .system(let what, let code): "\(what): \(String(cString: strerror(code)))"
        case .unresolvable(let host, let reason): "cannot resolve \(host): \(reason)"
        case .unusable(let what): what
        }
    }
}
