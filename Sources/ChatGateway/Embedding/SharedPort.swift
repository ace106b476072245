import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Ties a gateway to the server of the application that it is part of: what the server's connections need is made when
/// the server is built, which is before the gateway runs.
final class SharedPort: Sendable {
    private enum State {
        /// The gateway has a port of its own.
        case own
        /// An application's server will be built.
        case promised
        /// It is built; what the gateway has to run beside it.
        case built([any Service])
        case running
    }

    private let state = Mutex(State.own)

    /// An application will serve the gateway.
    func promise() {
        state.withLock { state in
            if case .own = state { state = .promised }
        }
    }

    /// Keeps what the gateway has to run.
    func build(_ services: [any Service]) throws {
        try state.withLock { state in
            guard case .promised = state else { throw InvalidConfiguration.servedTwice }
            state = .built(services)
        }
    }

    /// What the gateway has to run; nil where it has a port of its own.
    func services() throws -> [any Service]? {
        try state.withLock { state in
            switch state {
            case .own: return nil
            case .promised: throw InvalidConfiguration.runsTooEarly
            case .running: throw InvalidConfiguration.servedTwice
            case .built(let services):
                state = .running
                return services
            }
        }
    }
}

extension InvalidConfiguration {
    fileprivate static let servedTwice = InvalidConfiguration(
        reason: "a gateway is part of one application, which runs once"
    )

    fileprivate static let runsTooEarly = InvalidConfiguration(
        reason: "a gateway that is part of an application has to be one of its services"
    )
}
