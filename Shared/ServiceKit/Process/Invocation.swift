/// What a command line asks for.
///
/// ```text
/// gems serve [--only api,worker:settlement]
/// gems check-config
/// gems migrate [--check]
/// gems verify --as-of 2026-11-21T00:00:00Z      (a command of the service)
/// gems --help
/// ```
package enum Invocation: Sendable, Equatable {
    case help
    case serve(roles: [ProcessRole])
    case checkConfiguration
    case migrate(checkOnly: Bool)
    case openAPI
    case command(String, arguments: [String])

    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - roles: all that the service has, in the order in which `serve` alone starts them.
    ///   - commands: names of the service's own commands.
    package init(arguments: [String], roles: [ProcessRole], commands: [String]) throws(UsageError) {
        guard let first = arguments.first else { throw UsageError("no command") }
        let rest = Array(arguments.dropFirst())
        switch first {
        case "--help", "-h", "help":
            self = .help
        case "serve" where !roles.isEmpty:
            self = .serve(roles: try Self.roles(rest, known: roles))
        case "check-config":
            try Self.requireNone(rest)
            self = .checkConfiguration
        case "migrate":
            guard rest.isEmpty || rest == ["--check"] else { throw UsageError("migrate takes --check only") }
            self = .migrate(checkOnly: !rest.isEmpty)
        case "openapi":
            try Self.requireNone(rest)
            self = .openAPI
        case let name where commands.contains(name):
            self = .command(name, arguments: rest)
        default:
            throw UsageError("unknown command \(first)")
        }
    }

    /// `--only` may be given several times and holds a comma list; `worker` means all workers.
    private static func roles(_ arguments: [String], known: [ProcessRole]) throws(UsageError) -> [ProcessRole] {
        var wanted: [ProcessRole] = []
        var index = 0
        while index < arguments.count {
            let list: String
            if arguments[index] == "--only" {
                guard index + 1 < arguments.count else { throw UsageError("--only needs a role") }
                list = arguments[index + 1]
                index += 2
            } else if arguments[index].hasPrefix("--only=") {
                list = String(arguments[index].dropFirst(7))
                index += 1
            } else {
                throw UsageError("unknown argument \(arguments[index])")
            }
            for name in list.split(separator: ",", omittingEmptySubsequences: false) {
                wanted += try resolve(name.trimmed, known: known)
            }
        }
        return wanted.isEmpty ? known : known.filter(wanted.contains)
    }

    private static func resolve(_ name: String, known: [ProcessRole]) throws(UsageError) -> [ProcessRole] {
        if name == "worker" || name == "workers" { return known.filter { $0 != .api } }
        guard let role = ProcessRole(name), known.contains(role) else {
            let names = known.map(\.description).joined(separator: ", ")
            throw UsageError("unknown role \(name); this service has \(names)")
        }
        return [role]
    }

    private static func requireNone(_ arguments: [String]) throws(UsageError) {
        if let first = arguments.first { throw UsageError("unknown argument \(first)") }
    }
}

/// A command line that can't be understood.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
