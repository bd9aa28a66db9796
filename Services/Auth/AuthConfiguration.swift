import Domain
import Security
import ServiceKit

/// What auth reads from its environment beside what every service does.
struct AuthConfiguration: Sendable {
    static let keyEncryptionSecret = Variable(
        "KEY_ENCRYPTION_SECRET", .secret(minimum: SealedBox.minimumSecretLength),
        "Seals the private signing keys and refresh tokens at rest. Losing it ends every session.")
    static let openAPIFile = Variable(
        "OPENAPI_FILE", .text, optional: true,
        "The merged OpenAPI document that /openapi.json answers; without it, auth's own.")
    static let accessTokenLife = Variable(
        "ACCESS_TOKEN_SECONDS", .integer(1...900), default: "900", "How long an access token is good.")
    static let refreshTokenDays = Variable(
        "REFRESH_TOKEN_DAYS", .integer(1...365), default: "30", "How long a session lives without being refreshed.")
    static let signingKeyDays = Variable(
        "SIGNING_KEY_DAYS", .integer(1...365), default: "30", "After how long a new signing key takes over.")
    static let passwordThreads = Variable(
        "PASSWORD_THREADS", .integer(1...64), default: "2",
        "Passwords hashed at once; each takes 35 ms of CPU and 19 MiB.")

    static let variables = [
        keyEncryptionSecret, openAPIFile, accessTokenLife, refreshTokenDays, signingKeyDays, passwordThreads,
    ]

    let secret: String
    let openAPIFile: String?
    let accessTokenLife: Duration
    let refreshTokenLife: Duration
    let signingKeyLife: Duration
    let passwordThreads: Int
    let isRelaxed: Bool

    init(_ configuration: Configuration) {
        secret = configuration.string(Self.keyEncryptionSecret)
        openAPIFile = configuration.optional(Self.openAPIFile)
        accessTokenLife = configuration.seconds(Self.accessTokenLife)
        refreshTokenLife = .days(configuration.integer(Self.refreshTokenDays))
        signingKeyLife = .days(configuration.integer(Self.signingKeyDays))
        passwordThreads = configuration.integer(Self.passwordThreads)
        isRelaxed = configuration.isRelaxed
    }
}
