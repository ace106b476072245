import Synchronization

/// Messages that are posted one after the other until somebody stops it.
final class SteadyPosts: Sendable {
    private let isOver = Atomic(false)

    /// Posts messages whose texts are numbers from 0 on; returns how many they were.
    func run(to url: String) async throws -> Int {
        var count = 0
        while !isOver.load(ordering: .acquiring) {
            _ = try await post(#"{"text":"\#(count)"}"#, to: url)
            count += 1
        }
        return count
    }

    /// Lets the message that is being posted be the last one.
    func stop() { isOver.store(true, ordering: .releasing) }
}
