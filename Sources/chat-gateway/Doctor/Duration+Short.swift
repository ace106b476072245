import Foundation

extension Duration {
    /// As people say it: `3 ms`, `5.0 s`.
    var short: String {
        let seconds = self / .seconds(1)
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        return seconds.rounded() == seconds ? "\(Int(seconds)) s" : String(format: "%.1f s", seconds)
    }
}
