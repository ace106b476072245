/// What the settings of all places add up to.
struct ConfigurationReading {
    /// The effective configuration; where there are mistakes, without them.
    private(set) var configuration = ServeConfiguration.standard
    /// Everything that is wrong.
    private(set) var mistakes: [Mistake] = []
    /// What is odd but does no harm.
    private(set) var warnings: [Mistake] = []

    private var labels: [String: String] = [:]

    /// Reads all places: flags win over the environment, it wins over the file.
    ///
    /// Each value is checked, also one that another place overrides.
    init(flags: ServeFlags, environment: [String: String]) async {
        // Environments of shells hold anything; only variables with our prefix are ours to read.
        let variables = environment.filter { $0.key.hasPrefix(Setting.variablePrefix) }
        var layers = [ConfigurationLayer(environment: variables), ConfigurationLayer(flags: flags)]
        do throws(Mistake) {
            if let path = try Self.file(flags, variables) {
                layers.insert(try await ConfigurationLayer(file: path), at: 0)
            }
        } catch {
            mistakes.append(error)
        }
        for layer in layers {
            mistakes += layer.strangers
            for setting in Setting.all { take(setting, from: layer) }
            for setting in Setting.all { settle(setting, in: layer) }
        }
        let known = Set(Setting.all.map(\.variable) + [Setting.variable(of: Setting.file)])
        warnings = variables.keys.filter { !known.contains($0) }.sorted()
            .map {
                Mistake(source: $0, reason: "there is no such setting; ignored")
            }
        if mistakes.isEmpty { mistakes = configuration.contradictions.map(mistake) }
        if mistakes.isEmpty, configuration.auth.mode == .jwt {
            do throws(AuthConfiguration.Flaw) {
                _ = try await configuration.auth.keys()
            } catch {
                mistakes.append(Mistake(source: labels[error.setting] ?? error.setting, reason: error.reason))
            }
        }
        // Somebody who gives keys and forgets the rest would have a gateway open to everybody.
        let idle = AuthConfiguration.dependentSettings.compactMap { labels[$0] }
        if configuration.auth.mode == .open, !idle.isEmpty {
            let reason = "without --auth jwt it has no effect: everybody may read and write everything"
            warnings.append(Mistake(source: idle.joined(separator: ", "), reason: reason))
        }
        let descriptors = DescriptorLimit.maximum
        if let source = labels["max-streams"], configuration.gateway.maxStreams >= descriptors {
            let reason = "the system allows this process only \(descriptors) descriptors, and each stream takes one"
            warnings.append(Mistake(source: source, reason: reason))
        }
    }

    /// Where the value of a setting comes from.
    func source(of setting: Setting) -> String { labels[setting.name] ?? "default" }

    /// The configuration, if nothing is wrong with it.
    func get() throws(Mistakes) -> ServeConfiguration {
        guard mistakes.isEmpty else { throw Mistakes(all: mistakes) }
        return configuration
    }

    private static func file(_ flags: ServeFlags, _ variables: [String: String]) throws(Mistake) -> String? {
        let variable = Setting.variable(of: Setting.file)
        let source = flags.config == nil ? variable : "--" + Setting.file
        guard let path = flags.config ?? variables[variable] else { return nil }
        guard !path.isEmpty else { throw Mistake(source: source, reason: "names no file") }
        return path
    }

    private mutating func take(_ setting: Setting, from layer: ConfigurationLayer) {
        let label = layer.label(of: setting.name)
        do {
            guard let content = try layer.content(of: setting) else { return }
            try setting.take(content, &configuration)
            labels[setting.name] = label
        } catch let error as Unfit {
            mistakes.append(Mistake(source: label, reason: error.reason))
        } catch {
            mistakes.append(Mistake(source: label, reason: "cannot be read"))
        }
    }

    /// A secret is given by itself or in a file; of two places the one that wins says which.
    private mutating func settle(_ file: Setting, in layer: ConfigurationLayer) {
        guard let secret = file.secretName else { return }
        let (own, other) = (layer.label(of: file.name), layer.label(of: secret))
        switch (labels[file.name] == own, labels[secret] == other) {
        case (true, true): mistakes.append(Mistake(source: own, reason: "cannot be given together with \(other)"))
        case (true, false): labels[secret] = nil
        case (false, true): labels[file.name] = nil
        case (false, false): break
        }
    }

    private func mistake(for contradiction: ServeConfiguration.Contradiction) -> Mistake {
        let sources = contradiction.settings.compactMap { labels[$0] }
        return Mistake(source: sources.joined(separator: ", "), reason: contradiction.reason)
    }
}
