import Foundation

/// Cuts the objects of an array out of valid JSON, each with its own text: a decoder would write numbers anew.
enum JSONObjects {
    /// The objects of the first array that is a member of the outermost object.
    static func first(in json: Data) -> [Data] {
        var objects: [Data] = []
        var depth = 0
        var start: Data.Index?
        var isInString = false
        var isEscaped = false
        for index in json.indices {
            let byte = json[index]
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 3, byte == UInt8(ascii: "{") { start = index }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 3, let first = start {
                    objects.append(json[first...index])
                    start = nil
                }
                depth -= 1
                if depth == 1, byte == UInt8(ascii: "]") { return objects }
            default: break
            }
        }
        return objects
    }
}
