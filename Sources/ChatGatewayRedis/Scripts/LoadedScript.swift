import Synchronization

/// A program that Redis runs in one step, and is told of where it does not know it.
final class LoadedScript: Sendable {
    /// The program.
    let text: String
    /// The name under which Redis knows it, once Redis has told it.
    let hash = Mutex<String?>(nil)

    init(_ text: String) {
        self.text = text
    }

    /// The command that loads the program; the answer is its hash.
    var load: Command { Command("SCRIPT", "LOAD", text) }
}
