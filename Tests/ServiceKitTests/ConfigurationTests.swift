import HTTPServer
import Testing

@testable import ServiceKit

@Suite struct ConfigurationTests {
    private static let secret = Variable("KEY_SECRET", .secret(minimum: 8), "Seals keys.")
    private let stores = ["REDIS_URL": "redis://a:1", "MONGODB_URL": "mongodb://b:2/c"]

    private func configuration(
        _ environment: [String: String], variables: [Variable] = [], files: [String: String] = [:]
    ) throws(ConfigurationError) -> Configuration {
        let environment = stores.merging(environment) { $1 }
        return try Configuration(service: "gems", variables: variables, environment: environment) { files[$0] }
    }

    @Test func `defaults fill what is not given`() throws {
        let configuration = try configuration([:])
        #expect(configuration.integer(.httpPort) == 8080)
        #expect(configuration.string(.redisURL) == "redis://a:1")
        #expect(configuration.optional(.redisCacheURL) == nil)
        #expect(!configuration.isRelaxed)
    }

    @Test func `the service's own variable wins over the shared one`() throws {
        #expect(try configuration(["GEMS_REDIS_URL": "redis://own:1"]).string(.redisURL) == "redis://own:1")
        #expect(try configuration(["AUTH_REDIS_URL": "redis://other:1"]).string(.redisURL) == "redis://a:1")
    }

    @Test func `a value may lie in a file`() throws {
        let configuration = try configuration(
            ["KEY_SECRET_FILE": "/run/secret"], variables: [Self.secret], files: ["/run/secret": "long enough\n"])
        #expect(configuration.string(Self.secret) == "long enough")
    }

    @Test func `everything wrong is said at once and by name`() {
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(
                ["HTTP_PORT": "70000", "REDIS_URL": "http://x", "LOG_LEVEL": "loud", "TRUSTED_PROXIES": "10.0.0.0/99"],
                variables: [Self.secret])
        }
        let text = error?.description ?? ""
        for name in ["HTTP_PORT", "REDIS_URL", "LOG_LEVEL", "TRUSTED_PROXIES", "KEY_SECRET is missing"] {
            #expect(text.contains(name))
        }
    }

    @Test func `a value and a file for it are too much`() {
        #expect(throws: ConfigurationError.self) {
            try configuration(["KEY_SECRET": "long enough", "KEY_SECRET_FILE": "/f"], variables: [Self.secret])
        }
    }

    @Test func `a short secret is refused without being shown`() {
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(["KEY_SECRET": "abc123"], variables: [Self.secret])
        }
        #expect(error?.description.contains("abc123") == false)
    }

    @Test func `help names every variable, role and command`() {
        let definition = ServiceDefinition(
            name: "gems", summary: "Gems.", variables: [Self.secret], routes: { _ in [] },
            workers: [.init("settlement", "Settles.") { _ in throw UsageError("unused") }],
            commands: [.init("verify", usage: "verify [--as-of TIME]", "Verifies.") { _, _ in 0 }])
        let help = definition.help.text
        for text in ["KEY_SECRET", "REDIS_URL", "worker:settlement", "api", "verify [--as-of TIME]", "check-config"] {
            #expect(help.contains(text))
        }
    }
}
