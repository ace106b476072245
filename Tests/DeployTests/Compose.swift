/// The part of docker-compose.yml that has to agree with other files.
struct Compose: Decodable {
    struct Service: Decodable {
        struct Deploy: Decodable {
            var replicas: Int
        }

        struct Build: Decodable {
            var dockerfile: String
        }

        struct Healthcheck: Decodable {
            var test: [String]
        }

        var build: Build?
        var command: [String]?
        var user: String?
        var environment: [String: String]?
        var ports: [String]?
        var volumes: [String]?
        var deploy: Deploy?
        var healthcheck: Healthcheck?
        var restart: String?
        var stopGracePeriod: String?
        var readOnly: Bool?
        var capDrop: [String]?
        var securityOptions: [String]?
        var limits: [String: String]?

        private enum CodingKeys: String, CodingKey {
            case build, command, user, environment, ports, volumes, deploy, healthcheck, restart
            case stopGracePeriod = "stop_grace_period"
            case readOnly = "read_only"
            case capDrop = "cap_drop"
            case securityOptions = "security_opt"
            case limits = "ulimits"
        }
    }

    var services: [String: Service]
}
