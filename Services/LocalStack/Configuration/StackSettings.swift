internal import Glibc

/// How one stack is run: where its state lies, which port its gateway has, and with which programs.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `CIRCLE_HOME` | folder of the state | `.circle` |
/// | `CIRCLE_PORT` | the gateway's port, 1…65535 | 8080 |
/// | `CIRCLE_LIMITS` | `relaxed`: one machine may play many people; `strict`: as deployed | `relaxed` |
/// | `CIRCLE_BINARIES` | folder of the services' programs | the folder of `stack` itself |
/// | `MONGODB_URL` | use this MongoDB (database in the path) and start none | |
/// | `CORS_ORIGINS` | origins that browsers may call from, separated by commas, or `*` | local development servers |
/// | `EVENT_LOOPS` | event loops of each service | 1 |
package struct StackSettings: Sendable, Equatable {
    package enum Limits: String, Sendable {
        case relaxed, strict
    }

    package var home: String
    package var port: Int
    package var limits: Limits
    package var root: String
    package var binaries: String
    package var mongoURL: String?
    package var corsOrigins: String
    package var eventLoops: Int

    package static let defaultOrigins =
        "http://localhost:3000,http://localhost:5173,http://127.0.0.1:3000,http://127.0.0.1:5173"

    package init(
        home: String, port: Int = 8080, limits: Limits = .relaxed, root: String, binaries: String,
        mongoURL: String? = nil, corsOrigins: String = Self.defaultOrigins, eventLoops: Int = 1
    ) {
        self.home = home
        self.port = port
        self.limits = limits
        self.root = root
        self.binaries = binaries
        self.mongoURL = mongoURL
        self.corsOrigins = corsOrigins
        self.eventLoops = eventLoops
    }

    /// Reads the variables; a malformed one is an error that names it.
    package static func fromEnvironment() throws(StackError) -> StackSettings {
        guard let program = ProcessTable.program(getpid()), let binaries = Files.parent(of: program) else {
            throw StackError("cannot find out where this program lies")
        }
        guard let root = sourceRoot(above: binaries) else {
            throw StackError("no deploy/gateway folder above \(binaries): run `stack` from a checkout")
        }
        let home = Environment.value("CIRCLE_HOME") ?? "\(root)/.circle"
        return StackSettings(
            home: absolute(home),
            port: try number("CIRCLE_PORT", default: 8080, in: 1...65_535),
            limits: try limits(),
            root: root,
            binaries: Environment.value("CIRCLE_BINARIES").map(absolute) ?? binaries,
            mongoURL: Environment.value("MONGODB_URL"),
            corsOrigins: Environment.value("CORS_ORIGINS") ?? defaultOrigins,
            eventLoops: try number("EVENT_LOOPS", default: 1, in: 1...256))
    }

    package var gatewayURL: String { "http://127.0.0.1:\(port)" }

    private static func limits() throws(StackError) -> Limits {
        guard let text = Environment.value("CIRCLE_LIMITS") else { return .relaxed }
        guard let limits = Limits(rawValue: text) else {
            throw StackError("CIRCLE_LIMITS must be relaxed or strict, not \(text)")
        }
        return limits
    }

    private static func number(
        _ name: String, default standard: Int, in range: ClosedRange<Int>
    ) throws(StackError) -> Int {
        guard let text = Environment.value(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw StackError("\(name) must be a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    private static func absolute(_ path: String) -> String {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if trimmed.hasPrefix("/") { return trimmed }
        guard let here = Files.resolved(".") else { return trimmed }
        return "\(here)/\(trimmed)"
    }

    private static func sourceRoot(above folder: String) -> String? {
        var candidate: String? = folder
        while let folder = candidate {
            if Files.exists("\(folder)/deploy/gateway") { return folder }
            candidate = Files.parent(of: folder)
        }
        return nil
    }
}
