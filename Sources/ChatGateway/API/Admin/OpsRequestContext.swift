import Hummingbird
import NIOCore

/// What the ops listener's routes know of a request beside the request: the connection that it came on.
struct OpsRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
