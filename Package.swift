// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "chat-gateway",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "chat-gateway", targets: ["chat-gateway"]),
        .library(name: "ChatGateway", targets: ["ChatGateway"]),
        .library(name: "ChatGatewayClient", targets: ["ChatGatewayClient"]),
        .library(name: "ChatGatewayJWT", targets: ["ChatGatewayJWT"]),
        .library(name: "ChatGatewayRedis", targets: ["ChatGatewayRedis"]),
        .library(name: "ChatGatewayTesting", targets: ["ChatGatewayTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .target(
            name: "ChatGateway",
            dependencies: [
                .target(name: "CLinux", condition: .when(platforms: [.linux])),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("API/Admin/Page/cluster.css"), .embedInCode("API/Admin/Page/cluster.html"),
                .embedInCode("API/Admin/Page/cluster.js"),
                .embedInCode("API/Client/client.d.ts"), .embedInCode("API/Client/client.js"),
                .embedInCode("API/Page/chat.css"), .embedInCode("API/Page/chat.html"), .embedInCode("API/Page/chat.js"),
                .embedInCode("API/Page/connection.css"),
            ],
        ),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(
            name: "ChatGatewayRedis",
            dependencies: [
                "CHiredis",
                "ChatGateway",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
        ),
        .target(
            name: "ChatGatewayJWT",
            dependencies: [
                "ChatGateway",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
        ),
        .target(
            name: "ChatGatewayTesting",
            dependencies: [
                "ChatGateway",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
        ),
        .target(
            name: "ChatGatewayClient",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
        ),
        .executableTarget(
            name: "EmbeddingExample",
            dependencies: ["ChatGateway", .product(name: "Hummingbird", package: "hummingbird")],
            path: "Sources/Examples/Embedding",
        ),
        .executableTarget(
            name: "EchoBot",
            dependencies: ["ChatGatewayClient"],
            path: "Sources/Examples/EchoBot",
        ),
        .executableTarget(
            name: "chat-gateway",
            dependencies: [
                "CLinux",
                "ChatGateway",
                "ChatGatewayJWT",
                "ChatGatewayRedis",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
        ),
        .testTarget(
            name: "ChatGatewayTests",
            dependencies: [
                "ChatGateway",
                "ChatGatewayTesting",
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "ChatGatewayClientTests",
            dependencies: [
                "ChatGatewayClient",
                "IntegrationSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "ChatGatewayClient",
                "IntegrationSupport",
            ],
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "chat-gateway",
                "ChatGateway",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "IntegrationSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "BenchTests",
            dependencies: [
                "IntegrationSupport",
                "chat-gateway",
            ],
        ),
        .testTarget(
            name: "DoctorTests",
            dependencies: [
                "IntegrationSupport",
                "chat-gateway",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "ChatGatewayJWTTests",
            dependencies: [
                "ChatGatewayJWT",
                "ChatGatewayTesting",
                "IntegrationSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "ChatGatewayRedisTests",
            dependencies: [
                "ChatGatewayRedis",
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
        ),
        .target(
            name: "IntegrationSupport",
            dependencies: [
                "CLinux",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/IntegrationSupport",
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "ChatGateway",
                "ChatGatewayJWT",
                "ChatGatewayTesting",
                "IntegrationSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
        ),
        .testTarget(
            name: "RedisTests",
            dependencies: [
                "ChatGatewayRedis",
                "ChatGatewayTesting",
                "IntegrationSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "PageTests",
            dependencies: [
                "IntegrationSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
            ],
            exclude: ["Fixtures"],
        ),
        .testTarget(
            name: "FaultTests",
            dependencies: [
                "ChatGatewayTesting",
                "IntegrationSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
        ),
        .testTarget(
            name: "UpgradeTests",
            dependencies: [
                "ChatGatewayRedis",
                "IntegrationSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["Recordings"],
        ),
        .testTarget(
            name: "DeployTests",
            dependencies: [
                "ChatGateway",
                "IntegrationSupport",
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["GrafanaTypes.py"],
        ),
    ],
)

// Fuzzing builds a few files of the library by their targets' names, and of the dependencies what those need: all of them,
// built once more with the fuzzer's counters, would take minutes.
if Context.environment["CHAT_GATEWAY_FUZZ"] != nil {
    package.products = []
    package.targets = [
        .target(
            name: "ChatGateway",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["API/Admin/Page", "API/Client", "API/Page", "ChatGateway.docc"],
            sources: [
                "API/JSON", "API/MessageBody.swift", "API/MessageBodyError.swift", "API/MessageID.swift",
                "API/Problem.swift", "API/RequestTarget.swift", "Broker/BrokerError.swift",
                "Broker/HistoryLimits.swift", "Broker/Page.swift", "Broker/ReadRange.swift",
                "Broker/Timeline.swift", "Cursor.swift", "Fanout/Frame.swift", "Limits/ClientAddress.swift",
                "Message.swift", "Origin.swift", "Position.swift", "Presence/Presence.swift",
                "Presence/PresenceChange.swift", "Room.swift",
                "Signals/Signal.swift", "Stream/EndReason.swift",
                "Stream/StreamEvents.swift", "Stream/StreamRequest.swift",
            ],
        ),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(
            name: "ChatGatewayRedis",
            dependencies: [
                "CHiredis",
                "ChatGateway",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            sources: [
                "Codec/ByteBuffer+Words.swift", "Codec/Command.swift", "Codec/HiredisCodec.swift", "Codec/Reply.swift",
                "Links/Publication.swift",
                "Links/Refusal.swift", "Milliseconds.swift", "Names.swift", "Scripts/AppendScript.swift",
                "Scripts/PageScript.swift", "Scripts/ProbeScript.swift", "Scripts/ReadScript.swift",
                "Scripts/Script.swift",
            ],
        ),
        .target(name: "chat-gateway", sources: ["Bench/EventBlock.swift", "Bench/EventScanner.swift"]),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "chat-gateway",
                "ChatGateway",
                "ChatGatewayRedis",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/FuzzTargets",
            exclude: ["Corpus", "Dictionaries"],
        ),
    ]
}
