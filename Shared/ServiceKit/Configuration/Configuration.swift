package import HTTPServer
import Telemetry

/// A service's variables, read once and checked whole. There is no default for a secret and none for an address of a
/// store: a process that lacks one ends, naming it.
///
/// `GEMS_REDIS_URL` overrides `REDIS_URL` for the service `gems`; `REDIS_URL_FILE` names a file that holds the value.
package struct Configuration: Sendable {
    package let service: String
    private let values: [String: String]
    /// Nothing that it names exists: only what routes declare is wanted.
    package let isPlaceholder: Bool

    /// - Parameters:
    ///   - variables: what the service declares beside the common ones.
    ///   - readFile: how a file is read; nil when it can't be.
    package init(
        service: String, variables: [Variable], environment: [String: String],
        readFile: (String) -> String? = { SmallFile.read($0) }
    ) throws(ConfigurationError) {
        self.service = service
        var values: [String: String] = [:]
        var complaints: [String] = []
        for variable in Variable.common + variables {
            switch Self.look(for: variable, service: service, environment: environment, readFile: readFile) {
            case .found(let value, let name):
                if let complaint = variable.complaint(about: value) { complaints.append("\(name) \(complaint)") }
                values[variable.name] = value
            case .missing:
                if let value = variable.defaultValue {
                    values[variable.name] = value
                } else if !variable.isOptional {
                    complaints.append("\(variable.name) is missing: \(variable.meaning)")
                }
            case .wrong(let complaint):
                complaints.append(complaint)
            }
        }
        guard complaints.isEmpty else { throw ConfigurationError(complaints: complaints) }
        self.values = values
        isPlaceholder = false
    }

    private init(placeholder values: [String: String], service: String) {
        self.service = service
        self.values = values
        isPlaceholder = true
    }

    /// A configuration with which routes can be built but nothing reached: for printing what they declare.
    static func placeholder(service: String, variables: [Variable]) -> Configuration {
        var values: [String: String] = [:]
        for variable in Variable.common + variables where !variable.isOptional {
            values[variable.name] = variable.defaultValue ?? variable.placeholder
        }
        return Configuration(placeholder: values, service: service)
    }

    private enum Found {
        case found(String, name: String)
        case missing
        case wrong(String)
    }

    private static func look(
        for variable: Variable, service: String, environment: [String: String], readFile: (String) -> String?
    ) -> Found {
        for name in ["\(prefix(of: service))_\(variable.name)", variable.name] {
            let file = environment["\(name)_FILE"]
            switch (environment[name], file) {
            case (.some, .some): return .wrong("\(name) and \(name)_FILE are both given")
            case (let value?, nil): return .found(value, name: name)
            case (nil, let path?):
                guard let value = readFile(path) else { return .wrong("\(name)_FILE names a file that can't be read") }
                return .found(value.trimmed, name: "\(name)_FILE")
            case (nil, nil): continue
            }
        }
        return .missing
    }

    private static func prefix(of service: String) -> String {
        String(service.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// The value of a variable that has a default or must be there.
    package func string(_ variable: Variable) -> String {
        guard let value = values[variable.name] else {
            preconditionFailure("\(variable.name) is not declared by \(service), or is optional")
        }
        return value
    }

    /// The value of an optional variable.
    package func optional(_ variable: Variable) -> String? { values[variable.name] }

    package func integer(_ variable: Variable) -> Int {
        guard let number = Int(string(variable)) else { preconditionFailure("\(variable.name) is not an integer") }
        return number
    }

    package func seconds(_ variable: Variable) -> Duration { .seconds(integer(variable)) }

    package func networks(_ variable: Variable) -> [IPNetwork] {
        string(variable).split(separator: ",").compactMap { IPNetwork($0.trimmed) }
    }

    package var isLocal: Bool { string(.profile) == "local" }
    package var isRelaxed: Bool { string(.limits) == "relaxed" }
}
