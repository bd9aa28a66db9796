import Testing

@testable import ServiceKit

@Suite struct InvocationTests {
    private let roles: [ProcessRole] = [.api, .worker("persist"), .worker("rings")]

    private func parse(_ arguments: String...) throws(UsageError) -> Invocation {
        try Invocation(arguments: arguments, roles: roles, commands: ["rebuild"])
    }

    @Test func `serve alone runs all roles`() throws {
        #expect(try parse("serve") == .serve(roles: roles))
    }

    @Test func `roles come in the service's order, however they were given`() throws {
        #expect(try parse("serve", "--only", "worker:rings,api") == .serve(roles: [.api, .worker("rings")]))
        #expect(
            try parse("serve", "--only=worker:persist", "--only", "worker:rings")
                == .serve(roles: [.worker("persist"), .worker("rings")]))
        #expect(try parse("serve", "--only", "workers") == .serve(roles: [.worker("persist"), .worker("rings")]))
    }

    @Test(arguments: [
        ["serve", "--only"], ["serve", "--only", "worker:x"], ["serve", "api"], [], ["dance"], ["migrate", "x"],
    ])
    func `what is not understood is refused`(arguments: [String]) {
        #expect(throws: UsageError.self) { try Invocation(arguments: arguments, roles: roles, commands: []) }
    }

    @Test func `a service's own command gets its arguments`() throws {
        #expect(try parse("rebuild", "--all") == .command("rebuild", arguments: ["--all"]))
        #expect(try parse("migrate", "--check") == .migrate(checkOnly: true))
        #expect(try parse("check-config") == .checkConfiguration)
        #expect(try parse("--help") == .help)
    }
}
