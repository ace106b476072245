import Hummingbird
import NIOCore

/// What routes know of a request beside the request: the connection that it came on.
struct GatewayRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// The other end of the connection, which may be a proxy.
    var peer: SocketAddress? { channel.remoteAddress }
}
