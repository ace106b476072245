import Synchronization

/// A configuration of which a part can change while the node runs.
///
/// Limits, keys and origins can; every other value counts only when the node starts. Each request and each new stream
/// goes by what holds when it begins. May be used from any thread.
public final class LiveConfiguration: Sendable {
    private struct State {
        var current: GatewayConfiguration
        var followers: [any Reloadable] = []
    }

    private let state: Mutex<State>

    /// Makes a configuration that holds from now on.
    public init(_ configuration: GatewayConfiguration) {
        state = Mutex(State(current: configuration))
    }

    /// What was taken over last.
    public var current: GatewayConfiguration { state.withLock { $0.current } }

    /// Takes over what can change, all of it or nothing.
    ///
    /// Blocks for as long as it takes to read the files that the configuration names.
    /// - Throws: What cannot be used, in one phrase without secrets; then nothing has changed.
    public func reload(_ configuration: GatewayConfiguration) throws {
        try state.withLock { state in
            let changes = try state.followers.map { try $0.prepare(configuration) }
            state.current = configuration
            for change in changes { change() }
        }
    }

    /// Has something take over what holds now, and every later change.
    func follow(_ follower: any Reloadable) throws {
        try state.withLock { state in
            try follower.prepare(state.current)()
            state.followers.append(follower)
        }
    }
}
