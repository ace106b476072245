import Glibc

/// A thread for work that must neither wait for others' tasks nor hold them up.
enum BenchThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a thread of its own and returns what it returns.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let work = Unmanaged.passRetained(
                Work {
                    continuation.resume(with: Swift.Result { try body() })
                }
            )
            var thread = pthread_t()
            let code = pthread_create(
                &thread,
                nil,
                { argument in
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                },
                work.toOpaque()
            )
            guard code == 0 else {
                work.release()
                continuation.resume(throwing: BenchError.system("thread", code))
                return
            }
            pthread_detach(thread)
        }
    }
}
