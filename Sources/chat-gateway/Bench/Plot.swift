/// A line plot as SVG, without anything from elsewhere.
struct Plot {
    /// One line.
    struct Series {
        var name: String
        /// By x.
        var points: [(x: Double, y: Double)]
        /// A class of the page's style: `a`, `b` or `c`.
        var style: String
    }

    private static let width = 960.0
    private static let height = 320.0
    private static let left = 90.0
    private static let right = 20.0
    private static let top = 16.0
    private static let bottom = 48.0

    var title: String
    var xTitle: String
    /// Labelled places on the x axis.
    var xTicks: [(x: Double, label: String)]
    var yLabel: (Double) -> String
    var series: [Series]

    var svg: String {
        let highest = max(series.flatMap(\.points).map(\.y).max() ?? 0, 0.000_001)
        let step = Self.step(highest)
        let top = (highest / step).rounded(.up) * step
        let first = min(series.flatMap(\.points).map(\.x).min() ?? 0, xTicks.map(\.x).min() ?? 0)
        let last = max(series.flatMap(\.points).map(\.x).max() ?? 1, first + 0.000_001)
        let x = { (value: Double) in
            Self.left + (value - first) / (last - first) * (Self.width - Self.left - Self.right)
        }
        let y = { (value: Double) in
            Self.height - Self.bottom - value / top * (Self.height - Self.top - Self.bottom)
        }
        var parts = [
            #"<svg viewBox="0 0 960 320" role="img" aria-label="\#(title.escapedForMarkup)">"#
        ]
        for index in 0...Int((top / step).rounded()) {
            let value = Double(index) * step
            parts.append(Self.line("grid", x(first), y(value), x(last), y(value)))
            parts.append(Self.text(Self.left - 8, y(value) + 5, "end", yLabel(value)))
        }
        for tick in xTicks where tick.x >= first && tick.x <= last {
            parts.append(Self.line("grid", x(tick.x), Self.top, x(tick.x), Self.height - Self.bottom))
            parts.append(Self.text(x(tick.x), Self.height - Self.bottom + 20, "middle", tick.label))
        }
        parts.append(Self.text((Self.left + Self.width) / 2, Self.height - 8, "middle", xTitle))
        for (index, line) in series.enumerated() {
            let points = line.points.map { "\(Self.place(x($0.x))),\(Self.place(y($0.y)))" }.joined(separator: " ")
            parts.append(#"<polyline class="\#(line.style)" points="\#(points)"/>"#)
            guard series.count > 1 else { continue }
            let at = Self.left + 16 + Double(index) * 110
            parts.append(#"<g class="\#(line.style) key">\#(Self.text(at, Self.top + 16, "start", line.name))</g>"#)
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    /// A round distance of 1, 2 or 5 times a power of ten that divides `highest` in about five.
    private static func step(_ highest: Double) -> Double {
        var unit = 0.000_001
        while unit * 10 <= highest / 5 { unit *= 10 }
        return [1, 2, 5, 10].map { $0 * unit }.first { highest / $0 <= 6 } ?? unit * 10
    }

    private static func line(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        #"<line class="\#(style)" x1="\#(place(x1))" y1="\#(place(y1))" x2="\#(place(x2))" y2="\#(place(y2))"/>"#
    }

    private static func text(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> String {
        #"<text x="\#(place(x))" y="\#(place(y))" text-anchor="\#(anchor)">\#(text.escapedForMarkup)</text>"#
    }

    private static func place(_ value: Double) -> String {
        String((value * 10).rounded() / 10)
    }
}

extension String {
    /// With what HTML and XML give a meaning to written as entities.
    var escapedForMarkup: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
