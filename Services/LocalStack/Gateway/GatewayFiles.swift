internal import Glibc

extension StackPlan {
    /// The template, so that a change of it counts as a change of the stack.
    var gatewayTemplate: String {
        (Files.text("\(settings.root)/deploy/gateway/nginx.conf.template") ?? "")
            + (Files.text("\(settings.root)/deploy/gateway/render") ?? "") + settings.corsOrigins
    }

    /// What `deploy/gateway/render` needs to know. The same script makes the configuration of the container.
    package var gatewayVariables: [String: String] {
        var variables = [
            "PATH": Environment.value("PATH") ?? "/usr/bin:/bin",
            "GATEWAY_PORT": "127.0.0.1:\(settings.port)",
            "GATEWAY_HOME": home.gateway,
            "GATEWAY_ACCESS_LOG": home.logFile("gateway"),
            "GATEWAY_USER": geteuid() == 0 ? "root" : "",
            "GATEWAY_WORKERS": "1",
            "CIRCLE_LIMITS": settings.limits.rawValue,
            "TRUSTED_PROXIES": settings.limits == .relaxed ? "127.0.0.1" : "",
            "CORS_ORIGINS": settings.corsOrigins,
        ]
        for name in StackServices.names {
            variables["\(name.uppercased())_ADDRESS"] = "127.0.0.1:\(ports[name])"
        }
        return variables
    }

    /// Writes nginx's configuration into the state folder.
    package func renderGateway() throws {
        let target = "\(home.gateway)/nginx.conf"
        let log = home.logFile("gateway")
        var variables = gatewayVariables
        variables["GATEWAY_OUTPUT"] = target
        let script = Launch(
            program: "/bin/sh", arguments: ["\(settings.root)/deploy/gateway/render"], environment: variables,
            logFile: log)
        let ending = try script.run(deadline: 10)
        guard ending == .exit(0) else {
            throw StackError("the gateway's configuration could not be rendered (\(ending)): see \(log)")
        }
    }
}
