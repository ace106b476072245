import NIOCore

@testable import ChatGatewayRedis

/// Writes replies as Redis does, by the letter of its protocol's second version.
enum RESP {
    /// Writes a reply; false where its values are not one whole.
    static func write(_ reply: Reply, to output: inout ByteBuffer) -> Bool {
        // How many values are still to come.
        var missing = 1
        for value in reply.values {
            guard missing > 0 else { return false }
            missing -= 1
            switch value {
            case .string(let offset, let length):
                guard let bytes = reply.bytes.getSlice(at: offset, length: length) else { return false }
                output.writeString("$\(length)\r\n")
                output.writeImmutableBuffer(bytes)
                output.writeString("\r\n")
            case .error(let offset, let length):
                guard let bytes = reply.bytes.getSlice(at: offset, length: length) else { return false }
                output.writeString("-")
                output.writeImmutableBuffer(bytes)
                output.writeString("\r\n")
            case .integer(let number): output.writeString(":\(number)\r\n")
            case .null: output.writeString("$-1\r\n")
            case .array(let count):
                output.writeString("*\(count)\r\n")
                missing += count
            }
        }
        return missing == 0
    }
}
