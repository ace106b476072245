import ChatGateway
import Synchronization

/// Where a broker's loop writes its status, for anybody to read or wait for.
final class StatusBoard: Sendable {
    private let state = Mutex(BrokerStatus.away("not connected to Redis yet"))

    /// The status now.
    var value: BrokerStatus { state.withLock { $0 } }

    /// Changes the status.
    func set(_ status: BrokerStatus) {
        state.withLock { $0 = status }
    }
}
