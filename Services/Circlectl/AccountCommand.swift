import Domain
import ServiceKit
import Telemetry

/// One command about one account, as it was typed.
enum AccountCommand: Equatable, Sendable {
    case verifyEmail(String)
    case setTier(String, Tier, until: Instant?)
    case ban(String, reason: String)
    case shadowBan(String, reason: String)
    case unban(String, reason: String)
    case grant(String, Role)
    case revoke(String, Role)

    /// - Parameter group: `users` or `roles`, the word before the arguments.
    init(arguments: [String], group: String) throws(UsageError) {
        let options = try CommandOptions(arguments, known: ["--reason", "--until"])
        let words = options.words
        guard words.count >= 2 else { throw UsageError("\(group) needs a command and a USER") }
        let (verb, user) = (words[0], words[1])
        let reason = options["--reason"] ?? "by an operator"
        switch (group, verb, words.count) {
        case ("users", "verify-email", 2): self = .verifyEmail(user)
        case ("users", "ban", 2): self = .ban(user, reason: reason)
        case ("users", "shadow-ban", 2): self = .shadowBan(user, reason: reason)
        case ("users", "unban", 2): self = .unban(user, reason: reason)
        case ("users", "set-tier", 3):
            guard let tier = Tier(rawValue: words[2]) else { throw UsageError("no tier \(words[2])") }
            self = .setTier(
                user, tier,
                until: try options["--until"].map { text throws(UsageError) in
                    guard let instant = Instant(iso8601: text) else {
                        throw UsageError("--until is no RFC 3339 time: \(text)")
                    }
                    return instant
                })
        case ("roles", "grant", 3): self = .grant(user, try Self.role(words[2]))
        case ("roles", "revoke", 3): self = .revoke(user, try Self.role(words[2]))
        default: throw UsageError("\(group) \(words.joined(separator: " ")) is no command")
        }
    }

    private static func role(_ name: String) throws(UsageError) -> Role {
        guard let role = Role(rawValue: name) else { throw UsageError("no role \(name)") }
        return role
    }

    /// - Returns: the exit code.
    func run(_ accounts: AccountOperations, now: Instant = .now()) async throws -> Int32 {
        do {
            let outcome = try await perform(accounts, now: now)
            StandardOutput.write(outcome + "\n")
            return 0
        } catch let error as AccountOperations.UnknownAccount {
            StandardOutput.writeError("circlectl: \(error)\n")
            return 1
        }
    }

    private func perform(_ accounts: AccountOperations, now: Instant) async throws -> String {
        switch self {
        case .verifyEmail(let user): try await accounts.verifyEmail(user, now: now)
        case .setTier(let user, let tier, let until): try await accounts.setTier(user, tier, until: until, now: now)
        case .ban(let user, let reason): try await accounts.ban(user, reason: reason, now: now)
        case .shadowBan(let user, let reason): try await accounts.shadowBan(user, reason: reason, now: now)
        case .unban(let user, let reason): try await accounts.unban(user, reason: reason, now: now)
        case .grant(let user, let role): try await accounts.setRole(role, of: user, granted: true, now: now)
        case .revoke(let user, let role): try await accounts.setRole(role, of: user, granted: false, now: now)
        }
    }
}

/// Arguments split into words and `--name VALUE` pairs.
struct CommandOptions: Sendable {
    private(set) var words: [String] = []
    private var values: [String: String] = [:]

    init(_ arguments: [String], known: [String]) throws(UsageError) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            if argument.hasPrefix("--") {
                guard known.contains(argument) else { throw UsageError("unknown option \(argument)") }
                guard index + 1 < arguments.count else { throw UsageError("\(argument) needs a value") }
                values[argument] = arguments[index + 1]
                index += 2
            } else {
                words.append(argument)
                index += 1
            }
        }
    }

    subscript(_ name: String) -> String? { values[name] }
}
