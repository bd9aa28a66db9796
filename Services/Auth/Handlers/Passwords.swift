import Runtime
import Security

/// Hashes and verifies passwords on a pool of their own, which says no when too many wait.
struct Passwords: Sendable {
    private let hasher: PasswordHasher
    private let pool: BlockingPool
    /// The hash of a password that nobody knows: verified against for people who do not exist, so that the time an
    /// answer takes does not tell who does.
    private let decoy: String

    init(hasher: PasswordHasher = PasswordHasher(), pool: BlockingPool) throws(SecurityError) {
        self.hasher = hasher
        self.pool = pool
        decoy = try hasher.hash(RandomBytes.token())
    }

    func hash(_ password: String) async throws -> String {
        let hasher = hasher
        return try await pool.run { try hasher.hash(password) }
    }

    /// - Parameter hash: nil for somebody who does not exist or has no password.
    /// - Returns: whether it is right, and the hash to store instead of a weaker one.
    func verify(_ password: String, against hash: String?) async throws -> (isRight: Bool, newHash: String?) {
        let (hasher, decoy) = (hasher, decoy)
        return try await pool.run {
            switch hasher.verify(password, against: hash ?? decoy) {
            case .wrong: (false, nil)
            case .right(shouldRehash: false): (hash != nil, nil)
            case .right(shouldRehash: true): (hash != nil, try hasher.hash(password))
            }
        }
    }
}
