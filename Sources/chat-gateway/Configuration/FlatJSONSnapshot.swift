import ChatGateway
import Configuration
import Foundation

/// The settings in a file: a JSON object whose members are strings, whole numbers and arrays of strings.
///
/// The library's own reader of JSON takes `true` for 1, passes over `null`, lets the last of two equal keys win and allows
/// a comma behind the last member; here all of that can be told as the mistake it is.
struct FlatJSONSnapshot: FileConfigSnapshot {
    /// The library wants options for every format; this one has none.
    struct ParsingOptions: FileParsingOptions {
        static let `default` = ParsingOptions()
    }

    let providerName: String
    /// The keys that stand in the file.
    var keys: Set<String> { Set(values.keys) }

    private let values: [String: Member]

    init(data: RawSpan, providerName: String, parsingOptions: ParsingOptions) throws {
        let bytes = (0..<data.byteCount).map { data.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.scanObjectDocument(bytes.span)
        } catch {
            throw Unfit(reason: "not a JSON object: \(error.description)")
        }
        values = try JSONDecoder().decode([String: Member].self, from: Data(bytes))
        self.providerName = providerName
    }

    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.components.joined(separator: ".")
        guard let member = values[name] else { return LookupResult(encodedKey: name, value: nil) }
        let content: ConfigContent
        switch (type, member) {
        case (.string, .string(let text)): content = .string(text)
        case (.int, .integer(let number)): content = .int(number)
        case (.stringArray, .list(let texts)): content = .stringArray(texts)
        default: throw Unfit(reason: "must be \(Self.words(for: type)), not \(member.words)")
        }
        return LookupResult(encodedKey: name, value: ConfigValue(content, isSecret: false))
    }

    private static func words(for type: ConfigType) -> String {
        switch type {
        case .int: "a whole number"
        case .stringArray: "an array of strings"
        default: "a string"
        }
    }
}

extension FlatJSONSnapshot: CustomStringConvertible, CustomDebugStringConvertible {
    var description: String { "\(providerName)[\(values.count) values]" }
    var debugDescription: String { description }
}

/// A member of the object in the file.
private enum Member: Decodable {
    case string(String)
    case integer(Int)
    case list([String])
    /// Something that no setting takes; in words.
    case other(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .other("null")
        } else if let value = try? container.decode(Bool.self) {
            self = .other("\(value)")
        } else if let number = try? container.decode(Int.self) {
            self = .integer(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let texts = try? container.decode([String].self) {
            self = .list(texts)
        } else if let number = try? container.decode(Double.self) {
            self = .other("\(number)")
        } else {
            self = .other("an object or an array of other things")
        }
    }

    var words: String {
        switch self {
        case .string: "a string"
        case .integer: "a number"
        case .list: "an array"
        case .other(let words): words
        }
    }
}
