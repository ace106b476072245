import ArgumentParser

/// A share on the command line: `1%`, or `0.01`.
struct BenchShare: ExpressibleByArgument, Equatable, CustomStringConvertible {
    /// 0 to 1.
    let fraction: Double

    init(fraction: Double) {
        self.fraction = fraction
    }

    init?(argument: String) {
        let isPercentage = argument.hasSuffix("%")
        guard let value = Double(isPercentage ? argument.dropLast() : argument[...]) else { return nil }
        let fraction = isPercentage ? value / 100 : value
        guard (0...1).contains(fraction) else { return nil }
        self.fraction = fraction
    }

    var description: String { "\(Figure.decimal(fraction * 100))%" }
}
