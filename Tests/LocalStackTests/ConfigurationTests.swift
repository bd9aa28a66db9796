import Testing

@testable import LocalStackSupervisor

@Suite struct StackPortsTests {
    @Test func `ports of one stack are all different and none is the gateway's`() throws {
        let ports = try StackPorts.choose(gateway: #require(Socket.freePort()), remembered: nil)
        #expect(Set(ports.byName.values).count == 2 * StackServices.names.count + 3)
    }

    @Test func `remembered ports are kept and survive being written down`() throws {
        let gateway = try #require(Socket.freePort())
        let ports = try StackPorts.choose(gateway: gateway, remembered: nil)
        let read = try #require(StackPorts.parse(ports.text, gateway: gateway))
        #expect(read == ports)
        #expect(try StackPorts.choose(gateway: gateway, remembered: read) == ports)
        #expect(StackPorts.parse(ports.text, gateway: gateway + 1) == nil)
    }

    @Test func `a port near the end of the range stays inside it`() {
        for name in StackPorts.names {
            #expect((1...65_535).contains(StackPorts.preferred(name, gateway: 65_535)))
            #expect((1...65_535).contains(StackPorts.preferred(name, gateway: 8_080)))
        }
    }
}

@Suite struct EnvironmentFilterTests {
    @Test(arguments: [
        "REDIS_URL", "GEMS_REDIS_URL", "AUTH_MONGODB_URL", "KEY_ENCRYPTION_SECRET", "FEED_URL", "FEED_ADMIN_URL",
        "MAKEFLAGS",
    ])
    func `variables that point at another stack are not inherited`(_ name: String) {
        #expect(StackPlan.belongsToAStack(name))
    }

    @Test(arguments: ["PATH", "HOME", "LOG_LEVEL", "LD_PRELOAD", "GENERATION_WORKERS"])
    func `everything else is`(_ name: String) {
        #expect(!StackPlan.belongsToAStack(name))
    }
}

@Suite struct SecretsTests {
    @Test func `a secret is made once and readable by its owner only`() throws {
        let folder = "/tmp/circle-secrets-\(Clock.wall)"
        defer { Files.removeTree(folder) }
        try Files.createDirectory(folder)
        let first = try Secrets(folder: folder).value("evidence_hash_secret")
        #expect(first.utf8.count == 64)
        #expect(try Secrets(folder: folder).value("evidence_hash_secret") == first)
        #expect(try Secrets(folder: folder).value("key_encryption_secret") != first)
        #expect(try Files.permissions("\(folder)/evidence_hash_secret") == 0o600)
    }
}

@Suite struct BacklogsTests {
    @Test func `samples of waiting work are picked out of the metrics`() {
        var backlogs = Backlogs()
        backlogs.add(
            metrics: """
                # HELP circle_worker_backlog entries that wait
                # TYPE circle_worker_backlog gauge
                circle_worker_backlog{group="settlement"} 12
                http_requests_total{route="/v1/gems/balance"} 4

                """, of: "gems")
        #expect(
            backlogs.rows == [.init(service: "gems", what: #"circle_worker_backlog{group="settlement"}"#, value: "12")])
    }
}
