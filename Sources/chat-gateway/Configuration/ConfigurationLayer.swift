import Configuration
import SystemPackage

/// One of the places where settings come from.
struct ConfigurationLayer {
    /// Which place.
    enum Place {
        case flags
        case environment
        /// The file at this path.
        case file(String)
    }

    let place: Place
    private let snapshot: any ConfigSnapshot

    /// The flags that were given.
    init(flags: ServeFlags) {
        place = .flags
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for setting in Setting.all {
            let content: ConfigContent? =
                switch setting.flag {
                case .single(let path): flags[keyPath: path].map { .string($0) }
                case .repeated(let path): flags[keyPath: path].isEmpty ? nil : .stringArray(flags[keyPath: path])
                }
            values[Self.key(of: setting.name)] = content.map { ConfigValue($0, isSecret: setting.isSecret) }
        }
        snapshot = InMemoryProvider(values: values).snapshot()
    }

    /// The variables of the environment.
    init(environment: [String: String]) {
        place = .environment
        snapshot = EnvironmentVariablesProvider(environmentVariables: environment).snapshot()
    }

    /// The file at a path; throws what is wrong with it as a whole.
    init(file path: String) async throws(Mistake) {
        do {
            let provider = try await FileProvider<FlatJSONSnapshot>(filePath: FilePath(path))
            snapshot = provider.snapshot()
        } catch let error as Unfit {
            throw Mistake(source: path, reason: error.reason)
        } catch {
            throw Mistake(source: path, reason: "cannot be read: \(Self.obstacle(at: path) ?? "\(error)")")
        }
        place = .file(path)
    }

    /// The value that this place has for a setting; nil where it has none, and an error where it makes no sense.
    func content(of setting: Setting) throws -> ConfigContent? {
        let type: ConfigType
        let key: AbsoluteConfigKey
        switch place {
        case .flags:
            key = Self.key(of: setting.name)
            type = setting.type == .stringArray ? .stringArray : .string
        case .environment:
            key = AbsoluteConfigKey([setting.variable])
            type = setting.type == .stringArray ? .stringArray : .string
        case .file:
            key = Self.key(of: setting.name)
            type = setting.type
        }
        return try snapshot.value(forKey: key, type: type).value?.content
    }

    /// What people look for when a setting of this name is to be changed here.
    func label(of name: String) -> String {
        switch place {
        case .flags: "--" + name
        case .environment: Setting.variable(of: name)
        case .file(let path): "\(path): \(JSONText.quoted(name))"
        }
    }

    /// What stands in the file and is no setting.
    var strangers: [Mistake] {
        guard let file = snapshot as? FlatJSONSnapshot else { return [] }
        return file.keys.subtracting(Setting.all.map(\.name)).sorted()
            .map {
                Mistake(source: label(of: $0), reason: "there is no such setting")
            }
    }

    // The library says much about a file that it cannot read, and little of why.
    private static func obstacle(at path: String) -> String? {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            try file.closeAfter {
                var byte: UInt8 = 0
                _ = try withUnsafeMutableBytes(of: &byte) { try file.read(into: $0) }
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func key(of name: String) -> AbsoluteConfigKey { AbsoluteConfigKey([name]) }
}
