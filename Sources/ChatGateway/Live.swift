import Synchronization

/// A value that many threads read and that a reload replaces.
final class Live<Value: Sendable>: Reloadable {
    private let present: Mutex<Value>
    private let make: @Sendable (GatewayConfiguration) throws -> Value

    /// - Parameters:
    ///   - configuration: What the first value is made from.
    ///   - make: Makes the value; throws where the configuration cannot be used.
    init(
        _ configuration: GatewayConfiguration,
        make: @escaping @Sendable (GatewayConfiguration) throws -> Value
    ) rethrows {
        present = Mutex(try make(configuration))
        self.make = make
    }

    /// The value that holds now.
    var value: Value { present.withLock { $0 } }

    func prepare(_ configuration: GatewayConfiguration) throws -> @Sendable () -> Void {
        let next = try make(configuration)
        return { self.present.withLock { $0 = next } }
    }
}
