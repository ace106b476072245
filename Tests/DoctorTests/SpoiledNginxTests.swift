import IntegrationSupport
import Testing

/// The program before an nginx that is spoiled in one way: that is found, and nothing else but what follows from it.
@Suite(.serialized) struct SpoiledNginxTests {
    /// Two nodes on one Redis, whose heartbeat is as usual.
    private func withNodes(_ body: ([GatewayProcess]) async throws -> Void) async throws {
        try await RedisServer.with { redis in
            let a = try await GatewayProcess(["--node", "a"], redis: redis)
            let b = try await GatewayProcess(["--node", "b"], redis: redis)
            try await body([a, b])
        }
    }

    /// How long is waited for what does not come costs that time; elsewhere it may be long.
    private func examine(_ nginx: NginxServer, wait: String = "10s", idle: String = "100ms") async throws -> Examined {
        try await .run(nginx.url, "--wait", wait, "--idle", idle, "--streams", "4")
    }

    @Test func `buffering is named`() async throws {
        try await withNodes { nodes in
            try await PlainNginx(location: "proxy_ignore_headers X-Accel-Buffering;")
                .with(nodes) { nginx in
                    let found = try await examine(nginx, wait: "2s")
                    #expect(found.names("problem") == ["buffering"] && found.names("warning") == [], found.text)
                    #expect(found["buffering"]?.nginx?.contains("proxy_buffering off;") == true)
                    #expect(found.names("not checked") == ["nodes", "last-event-id", "resume", "cors", "idle"])
                    #expect(found.ending == .exit(1))
                }
        }
    }

    @Test func `buffering with a cache is named, and so is the cache`() async throws {
        let spoiled = PlainNginx(
            location: """
                proxy_ignore_headers X-Accel-Buffering Cache-Control; proxy_buffering on;
                proxy_cache spoiled; proxy_cache_valid any 1m;
                """,
            http: "proxy_cache_path FOLDER/cache keys_zone=spoiled:1m;",
        )
        try await withNodes { nodes in
            try await spoiled.with(nodes) { nginx in
                let found = try await examine(nginx, wait: "2s")
                #expect(found.names("problem") == ["buffering", "caching"] && found.names("warning") == [], found.text)
                #expect(found["caching"]?.nginx?.contains("proxy_cache off;") == true)
            }
        }
    }

    @Test func `compression of streams is named`() async throws {
        try await withNodes { nodes in
            let spoiled = PlainNginx(location: "gzip on; gzip_types text/event-stream;")
            try await spoiled.with(nodes) { nginx in
                let found = try await examine(nginx)
                #expect(found.names("problem") == ["compression"] && found.names("warning") == [], found.text)
                #expect(found["compression"]?.seen == #"streams are compressed: "gzip""#)
                #expect(found["compression"]?.nginx?.contains("gzip off;") == true)
                #expect(found.ending == .exit(1))
            }
        }
    }

    @Test func `a proxy that is impatient with silence is named, with its time`() async throws {
        try await withNodes { nodes in
            try await PlainNginx(location: "proxy_read_timeout 5s;")
                .with(nodes) { nginx in
                    let found = try await examine(nginx, idle: "8s")
                    #expect(found.names("problem") == ["idle"] && found.names("warning") == [], found.text)
                    // Five seconds by nginx's clock; what is read late here begins or ends later.
                    #expect(found["idle"]?.seen.contains(/cut after [3-7](\.\d)? s of silence/) == true)
                    #expect(found["idle"]?.nginx == ["proxy_read_timeout 60s;"])
                }
        }
    }

    @Test func `a cursor that does not arrive is named`() async throws {
        try await withNodes { nodes in
            try await PlainNginx(location: #"proxy_set_header Last-Event-ID "";"#)
                .with(nodes) { nginx in
                    let found = try await examine(nginx)
                    #expect(found.names("problem") == ["last-event-id"] && found.names("warning") == [], found.text)
                    #expect(found["last-event-id"]?.seen.contains("the same cursor does in the query") == true)
                    // Nobody else is to blame: by the query a stream goes on, on the other node too.
                    #expect(found["resume"]?.seen.contains("on other nodes too") == true)
                }
        }
    }

    @Test func `nodes on different Redises are named, each with its part`() async throws {
        try await RedisServer.with { one in
            try await RedisServer.with { other in
                let a = try await GatewayProcess(["--node", "a"], redis: one)
                let b = try await GatewayProcess(["--node", "b"], redis: other)
                try await PlainNginx()
                    .with([a, b]) { nginx in
                        let found = try await examine(nginx, wait: "2s")
                        #expect(found.names("problem") == ["nodes"] && found.names("warning") == [], found.text)
                        #expect(found["nodes"]?.seen.wholeMatch(of: /of 4 messages got "a" [123], "b" [123]/) != nil)
                        #expect(found.names("not checked") == ["resume", "cors"])
                    }
            }
        }
    }

    @Test func `a Cache-Control of the proxy's own is named`() async throws {
        try await withNodes { nodes in
            let spoiled = PlainNginx(
                location: #"proxy_hide_header Cache-Control; add_header Cache-Control "public, max-age=60";"#
            )
            try await spoiled.with(nodes) { nginx in
                let found = try await examine(nginx)
                #expect(found.names("problem") == ["caching"] && found.names("warning") == [], found.text)
                #expect(found["caching"]?.seen.contains("public, max-age=60") == true)
            }
        }
    }

    @Test func `a lower limit of bodies, and an origin that is named twice, are named`() async throws {
        let node = try await GatewayProcess(["--cors-origin", "https://chat.example"])
        let spoiled = PlainNginx(
            location: "client_max_body_size 10k; add_header Access-Control-Allow-Origin https://chat.example always;"
        )
        try await spoiled.with([node]) { nginx in
            let found = try await Examined.run(
                nginx.url,
                "--idle",
                "100ms",
                "--origin",
                "https://chat.example"
            )
            #expect(found.names("problem") == ["body-size", "cors"] && found.names("warning") == [], found.text)
            #expect(found["body-size"]?.nginx == ["client_max_body_size 256k;"])
            #expect(found["cors"]?.nginx?.contains("add_header Access-Control-Allow-Origin …;") == true)
        }
    }
}
