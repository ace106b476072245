import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Memory that event loops take without asking the kernel each time.
enum LoopHeap {
    /// What a thread's arena of glibc is made of, in bytes: at most that, in one piece, is writable at once.
    private static let heapBytes = 64 << 20
    /// Larger pieces would not come from the arena, in bytes.
    private static let pieceBytes = 120 << 10

    /// Makes each loop's first 60 MB writable at once; none of it counts as used before it is.
    ///
    /// glibc does so page by page, with a call of the kernel for two of three connections. Pages that are given back stay
    /// writable.
    static func prepare(_ loops: any EventLoopGroup) {
        #if canImport(Glibc)
        for loop in loops.makeIterator() {
            loop.execute {
                let pieces = (0..<heapBytes / pieceBytes - 16).map { _ in malloc(pieceBytes) }
                for piece in pieces { free(piece) }
            }
        }
        #endif
    }
}
