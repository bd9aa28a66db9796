internal import Glibc

/// Everything that a stack runs, worked out from its settings, its ports and its secrets.
package struct StackPlan: Sendable {
    package let settings: StackSettings
    package let ports: StackPorts
    package let home: StackHome
    package private(set) var processes: [ProcessPlan] = []
    private var secrets: [String: String] = [:]

    /// - Throws: `StackError` naming the program that is missing.
    package init(settings: StackSettings, ports: StackPorts) throws {
        self.settings = settings
        self.ports = ports
        self.home = StackHome(settings.home)
        let store = Secrets(folder: home.secrets)
        for (variable, _) in StackServices.secrets { secrets[variable] = try store.value(variable.lowercased()) }
        processes.append(try redis())
        if let documents = try documentServer() { processes.append(documents) }
        for name in StackServices.names { processes.append(try service(name)) }
        processes.append(try gateway())
    }

    package var mongoURL: String {
        settings.mongoURL ?? "mongodb://127.0.0.1:\(ports["docstore"])/circle"
    }

    package var redisURL: String { "redis://127.0.0.1:\(ports["redis"])/0" }
    package var redisCacheURL: String { "redis://127.0.0.1:\(ports["redis"])/1" }

    /// The programs whose processes in this folder are the stack's. Debian's redis-server is a link: its target counts.
    package var programs: Set<String> {
        var names: Set<String> = ["setpriv"]
        for process in processes {
            names.insert(Files.name(of: process.launch.program))
            if let target = Files.resolved(process.launch.program) { names.insert(Files.name(of: target)) }
        }
        return names
    }

    package var fingerprint: String {
        Fingerprint.of(processes.map(\.fingerprint).joined(separator: " ") + gatewayTemplate)
    }

    /// The file for other tools: where everything is reached.
    package var environmentFile: String {
        var lines = [
            "REDIS_URL=\(redisURL)", "REDIS_CACHE_URL=\(redisCacheURL)", "MONGODB_URL=\(mongoURL)",
            "GATEWAY_URL=\(settings.gatewayURL)",
        ]
        for name in StackServices.names {
            lines.append("\(name.uppercased())_URL=http://127.0.0.1:\(ports[name])")
        }
        for name in StackServices.names {
            lines.append("\(name.uppercased())_ADMIN_URL=http://127.0.0.1:\(ports.admin(name))")
        }
        lines.append("OBJECT_STORE_URL=file://\(home.objects)")
        return lines.joined(separator: "\n") + "\n"
    }

    /// A command of a service that runs once, such as `migrate`, with the environment of that service.
    package func task(_ service: String, _ arguments: [String], log: String) throws -> Launch {
        var launch = try self.service(service).launch
        launch.arguments = arguments
        launch.logFile = home.logFile(log)
        return launch
    }
}

// Each process.
extension StackPlan {
    private func redis() throws -> ProcessPlan {
        let port = ports["redis"]
        // Durable and cache are one server here, in two databases. Nothing acknowledged is lost to kill -9 only with
        // an fsync at every write.
        let arguments = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--dir", home.dataFolder("redis"), "--daemonize", "no",
            "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction",
            "--tcp-backlog", "511", "--loglevel", "notice",
        ]
        let launch = Launch(
            program: try program("redis-server"), arguments: arguments, environment: baseEnvironment,
            logFile: home.logFile("redis"))
        return ProcessPlan(
            name: "redis", stage: .store, launch: launch, readiness: .accepts(port: port), port: port, adminPort: nil)
    }

    /// `docstore`, or a real `mongod` where there is one, or nothing where `MONGODB_URL` names a server.
    private func documentServer() throws -> ProcessPlan? {
        guard settings.mongoURL == nil else { return nil }
        let port = ports["docstore"]
        let data = home.dataFolder("docstore")
        var launch = Launch(
            program: "", arguments: ["serve", "--port", "\(port)", "--data-dir", data], environment: baseEnvironment,
            logFile: home.logFile("docstore"))
        if let mongod = Files.program("mongod") {
            launch.program = mongod
            launch.arguments = ["--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", data]
        } else {
            launch.program = try binary("docstore")
        }
        return ProcessPlan(
            name: "docstore", stage: .store, launch: launch, readiness: .accepts(port: port), port: port,
            adminPort: nil)
    }

    private func service(_ name: String) throws -> ProcessPlan {
        let launch = Launch(
            program: try binary(name), arguments: ["serve"], environment: environment(of: name),
            logFile: home.logFile(name))
        return ProcessPlan(
            name: name, stage: .service, launch: launch,
            readiness: .answers(port: ports.admin(name), path: "/readyz"), port: ports[name],
            adminPort: ports.admin(name))
    }

    private func gateway() throws -> ProcessPlan {
        let launch = Launch(
            program: try program("nginx"),
            arguments: [
                "-p", home.gateway, "-c", "\(home.gateway)/nginx.conf", "-e", home.logFile("gateway"), "-g",
                "daemon off;",
            ],
            environment: baseEnvironment, logFile: home.logFile("gateway"))
        return ProcessPlan(
            name: "gateway", stage: .gateway, launch: launch,
            readiness: .answers(port: settings.port, path: "/v1/status"), port: settings.port, adminPort: nil)
    }

    private func environment(of name: String) -> [String: String] {
        var variables = baseEnvironment
        variables["REDIS_URL"] = redisURL
        variables["REDIS_CACHE_URL"] = redisCacheURL
        variables["MONGODB_URL"] = mongoURL
        variables["HTTP_HOST"] = "127.0.0.1"
        variables["HTTP_PORT"] = "\(ports[name])"
        variables["ADMIN_PORT"] = "\(ports.admin(name))"
        variables["TRUSTED_PROXIES"] = "127.0.0.1/32,::1/128"
        variables["CIRCLE_LIMITS"] = settings.limits.rawValue
        variables["CIRCLE_PROFILE"] = "local"
        variables["OBJECT_STORE_URL"] = "file://\(home.objects)"
        variables["PUBLIC_URL"] = settings.gatewayURL
        variables["EVENT_LOOPS"] = "\(settings.eventLoops)"
        // Nobody balances load here, so nothing need wait before it drains.
        variables["DRAIN_DELAY_SECONDS"] = "0"
        variables["DRAIN_DEADLINE_SECONDS"] = "8"
        // Large blocks (19 MiB for each password that is hashed) go back to the kernel when they are freed; without a
        // fixed threshold glibc raises it and keeps them.
        variables["MALLOC_MMAP_THRESHOLD_"] = "1048576"
        variables["MALLOC_ARENA_MAX"] = "2"
        // A painter that was killed is missed soon: whoever tries the stack waits for the picture.
        variables["GENERATION_LEASE_SECONDS"] = "8"
        if name == "auth" { variables["OPENAPI_FILE"] = home.openAPI }
        for (variable, services) in StackServices.secrets where services.contains(name) {
            variables[variable] = secrets[variable]
        }
        return variables
    }

    /// What every process inherits: the caller's environment, without what would point it at another stack.
    private var baseEnvironment: [String: String] {
        var variables = CallerEnvironment.all
        for name in variables.keys where Self.belongsToAStack(name) { variables[name] = nil }
        variables["CIRCLE_HOME"] = settings.home
        variables["CIRCLE_PORT"] = "\(settings.port)"
        return variables
    }

    static func belongsToAStack(_ name: String) -> Bool {
        let endings = [
            "REDIS_URL", "REDIS_CACHE_URL", "MONGODB_URL", "HTTP_PORT", "ADMIN_PORT", "_URL_FILE", "_SECRET",
        ]
        let noise = ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE_TERMOUT", "MAKE_TERMERR", "OLDPWD", "PWD", "_", "SHLVL"]
        return noise.contains(name) || endings.contains { name.hasSuffix($0) }
            || StackServices.names.contains {
                name == "\($0.uppercased())_URL" || name == "\($0.uppercased())_ADMIN_URL"
            }
    }

    private func program(_ name: String) throws -> String {
        guard let path = Files.program(name) else {
            throw StackError("\(name) is not installed: run deploy/install-packages as root")
        }
        return path
    }

    private func binary(_ name: String) throws -> String {
        let path = "\(settings.binaries)/\(name)"
        guard Files.isExecutable(path) else { throw StackError("\(path) is not built: run `make build`") }
        return path
    }
}
