/// The part of Grafana's dashboard that has to agree with other files.
struct Dashboard: Decodable {
    struct Source: Decodable, Hashable {
        var type: String
        var uid: String
    }

    struct Place: Decodable {
        var x: Int
        var y: Int
        var w: Int
        var h: Int
    }

    struct Target: Decodable {
        var datasource: Source
        var refId: String
        var expr: String
    }

    struct Panel: Decodable {
        var id: Int
        var type: String
        var title: String
        var datasource: Source?
        var gridPos: Place
        var targets: [Target]?
    }

    struct Variable: Decodable {
        struct Query: Decodable {
            var query: String
        }

        var name: String
        var datasource: Source
        var query: Query
    }

    struct Variables: Decodable {
        var list: [Variable]
    }

    var uid: String
    var panels: [Panel]
    var templating: Variables

    /// Every query, as Grafana sends it for all nodes.
    var queries: [String] {
        panels.flatMap { $0.targets ?? [] }
            .map { $0.expr.replacing("$instance", with: ".*").replacing("$__rate_interval", with: "1m") }
    }
}
