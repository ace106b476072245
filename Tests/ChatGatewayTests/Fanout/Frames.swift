import NIOCore

@testable import ChatGateway

/// A position that is easy to read in tests.
func at(_ milliseconds: UInt64) -> Position {
    Position(milliseconds: milliseconds, sequence: 0)
}

/// A frame whose bytes show its position.
func frame(_ milliseconds: UInt64, after previous: Position, text: String? = nil) -> Frame {
    Frame(position: at(milliseconds), previous: previous, bytes: ByteBuffer(string: text ?? "<\(milliseconds)>"))
}
