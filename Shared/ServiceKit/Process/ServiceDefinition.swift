package import HTTPServer
package import Lifecycle

/// What a service is: everything that `ServiceMain` needs to run it, and `--help` needs to describe it.
package struct ServiceDefinition: Sendable {
    /// A role that works through something in the background.
    package struct Worker: Sendable {
        package let name: String
        package let meaning: String
        let make: @Sendable (ServiceContext) async throws -> any Service

        /// - Parameters:
        ///   - name: as in `--only worker:NAME`.
        ///   - make: builds the worker; when it or the worker throws, both are tried again after a pause.
        package init(
            _ name: String, _ meaning: String, make: @escaping @Sendable (ServiceContext) async throws -> any Service
        ) {
            self.name = name
            self.meaning = meaning
            self.make = make
        }
    }

    /// A command of the service's own, as `gems verify`.
    package struct Command: Sendable {
        package let name: String
        package let usage: String
        package let meaning: String
        let needsStores: Bool
        let run: @Sendable (ServiceContext, [String]) async throws -> Int32

        /// - Parameters:
        ///   - usage: as `--help` shows it: `verify [--as-of TIME]`.
        ///   - needsStores: false for a command that only computes: it runs without any variable.
        ///   - run: gets the arguments after the name; returns the exit code; throws `UsageError` for bad arguments.
        package init(
            _ name: String, usage: String? = nil, needsStores: Bool = true, _ meaning: String,
            run: @escaping @Sendable (ServiceContext, [String]) async throws -> Int32
        ) {
            self.name = name
            self.usage = usage ?? name
            self.meaning = meaning
            self.needsStores = needsStores
            self.run = run
        }
    }

    package let name: String
    package let summary: String
    package let variables: [Variable]
    let routes: (@Sendable (ServiceContext) throws -> [Route])?
    package let workers: [Worker]
    package let commands: [Command]

    /// - Parameters:
    ///   - name: the executable's name, and the prefix of its variables.
    ///   - variables: what the service reads beside the variables that all services have.
    ///   - routes: its API; nil for a service without one. Called without any store at hand to print the OpenAPI
    ///     document, so it only builds.
    package init(
        name: String, summary: String, variables: [Variable] = [],
        routes: (@Sendable (ServiceContext) throws -> [Route])? = nil, workers: [Worker] = [], commands: [Command] = []
    ) {
        self.name = name
        self.summary = summary
        self.variables = variables
        self.routes = routes
        self.workers = workers
        self.commands = commands
    }

    /// All roles: what `serve` alone runs.
    package var roles: [ProcessRole] { (routes == nil ? [] : [.api]) + workers.map { .worker($0.name) } }

    var help: HelpText {
        HelpText(
            service: name, summary: summary,
            roles: (routes == nil ? [] : [("api", "Answers requests.")])
                + workers.map { ("worker:\($0.name)", $0.meaning) },
            commands: commands.map { ($0.usage, $0.meaning) }, variables: Variable.common + variables)
    }
}
