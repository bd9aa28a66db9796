import Glibc
import HTTPServer
import Lifecycle
import MongoClient
import Records
import Runtime
import Telemetry

/// The whole of a service's `main.swift`: reads the command line and the environment, and does what they say.
package enum ServiceMain {
    private enum ExitCode {
        static let failure: Int32 = 1
        static let usage: Int32 = 64
        static let configuration: Int32 = 78
    }

    /// Runs the process to its end.
    package static func run(_ definition: ServiceDefinition) async -> Never {
        LogSettings.service = definition.name
        let code: Int32
        do {
            code = try await perform(definition, arguments: Array(CommandLine.arguments.dropFirst()))
        } catch let error as UsageError {
            StandardOutput.writeError("\(definition.name): \(error). See \(definition.name) --help.\n")
            code = ExitCode.usage
        } catch let error as ConfigurationError {
            StandardOutput.writeError("\(error)\n")
            code = ExitCode.configuration
        } catch {
            Logger(label: definition.name).error("the process ends", ["reason": "\(error)"])
            code = ExitCode.failure
        }
        LogSink.standardError.flush()
        exit(code)
    }

    private static func perform(_ definition: ServiceDefinition, arguments: [String]) async throws -> Int32 {
        let invocation = try Invocation(
            arguments: arguments, roles: definition.roles, commands: definition.commands.map(\.name))
        switch invocation {
        case .help:
            StandardOutput.write(definition.help.text)
            return 0
        case .openAPI:
            return try printOpenAPI(definition)
        case .checkConfiguration:
            let loops = try EventLoopGroup(count: 1)
            _ = try ServiceContext(
                service: definition.name, configuration: try configuration(definition), loops: loops)
            StandardOutput.write("\(definition.name): the configuration is complete\n")
            return 0
        case .serve(let roles):
            let context = try context(definition)
            try await ServiceProcess(definition, context: context, roles: roles).run(
                until: [.terminate, .interrupt], onListening: { announce($0, context) })
            return 0
        case .migrate(let checkOnly):
            return try await migrate(try context(definition), checkOnly: checkOnly)
        case .command(let name, let arguments):
            guard let command = definition.commands.first(where: { $0.name == name }) else { return ExitCode.usage }
            return try await command.run(
                try command.needsStores ? context(definition) : contextWithoutStores(definition), arguments)
        }
    }

    private static func configuration(_ definition: ServiceDefinition) throws(ConfigurationError) -> Configuration {
        try Configuration(
            service: definition.name, variables: definition.variables, environment: ProcessFacts.environment)
    }

    private static func context(_ definition: ServiceDefinition) throws -> ServiceContext {
        let configuration = try configuration(definition)
        let wanted = configuration.integer(.eventLoops)
        let loops = try EventLoopGroup(count: wanted == 0 ? nil : wanted)
        return try ServiceContext(service: definition.name, configuration: configuration, loops: loops)
    }

    /// A context with which nothing can be reached.
    private static func contextWithoutStores(_ definition: ServiceDefinition) throws -> ServiceContext {
        let configuration = Configuration.placeholder(service: definition.name, variables: definition.variables)
        return try ServiceContext(
            service: definition.name, configuration: configuration, loops: try EventLoopGroup(count: 1))
    }

    private static func announce(_ ports: ServiceProcess.Ports, _ context: ServiceContext) {
        context.logger.info(
            "listening", ["api": ports.api.map(String.init) ?? "none", "admin": String(ports.admin)])
    }

    /// Prints the document of the service's own routes; the merged one is put together from these.
    private static func printOpenAPI(_ definition: ServiceDefinition) throws -> Int32 {
        let context = try contextWithoutStores(definition)
        let routes = try definition.routes?(context) ?? []
        StandardOutput.write(OpenAPI.document(title: "Circle for Life: \(definition.name)", routes: routes))
        StandardOutput.write("\n")
        return 0
    }
}
