/// What `--help` prints: commands, roles, and every variable with its form, default and meaning.
struct HelpText {
    let service: String
    let summary: String
    let roles: [(name: String, meaning: String)]
    let commands: [(usage: String, meaning: String)]
    let variables: [Variable]

    var text: String {
        var lines = ["\(service): \(summary)", "", "Commands"]
        lines += Self.table(standardCommands + commands.map { ($0.usage, $0.meaning) })
        if !roles.isEmpty {
            lines += ["", "Roles"]
            lines += Self.table(roles.map { ($0.name, $0.meaning) })
        }
        lines += ["", "Variables (\(service.uppercased())_NAME overrides NAME; NAME_FILE names a file with the value)"]
        for variable in variables {
            lines.append("  \(variable.name)  (\(variable.typeName)\(Self.fallback(variable)))")
            lines.append("      \(variable.meaning)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var standardCommands: [(String, String)] {
        let serving = roles.isEmpty ? [] : [("serve [--only ROLE,…]", "Runs all roles, or those named.")]
        return serving + [
            ("check-config", "Checks the variables and exits: 0 when they are right, 78 when not."),
            ("migrate [--check]", "Creates collections and indexes; --check only says what would change."),
            ("openapi", "Prints the OpenAPI document of this service's routes."),
            ("--help", "Prints this."),
        ]
    }

    private static func fallback(_ variable: Variable) -> String {
        if let value = variable.defaultValue { return ", default \(value)" }
        return variable.isOptional ? ", optional" : ", required"
    }

    private static func table(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  \($0.0)\(String(repeating: " ", count: width - $0.0.count + 2))\($0.1)" }
    }
}
