/// Where on this machine a listener is reached.
struct LocalAddress: Hashable {
    /// The host, as sockets want it.
    var host: String

    /// The host, as URLs want it.
    var authority: String { host.contains(":") ? "[\(host)]" : host }

    /// The address at which whoever listens on `host` is reached: loopback where it listens on all addresses.
    static func reaching(_ host: String) -> LocalAddress {
        switch host {
        case "0.0.0.0": LocalAddress(host: "127.0.0.1")
        case "::": LocalAddress(host: "::1")
        default: LocalAddress(host: host)
        }
    }

    /// The root of what is served there.
    func url(port: Int, isSecure: Bool = false) -> String {
        "\(isSecure ? "https" : "http")://\(authority):\(port)/"
    }
}
