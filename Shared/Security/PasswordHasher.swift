import CArgon2
import CCrypt

/// Hashes passwords with argon2id and verifies the hashes of both the present and the former kind.
///
/// Every call here takes tens of milliseconds (bcrypt: hundreds) and 19 MiB: run it on a `BlockingPool` whose size bounds
/// both.
package struct PasswordHasher: Sendable {
    package enum Verdict: Sendable, Equatable {
        case wrong
        /// `shouldRehash`: the hash is of a former kind or strength; replace it while the password is at hand.
        case right(shouldRehash: Bool)
    }

    private let memoryKiB: UInt32
    private let passes: UInt32
    private static let saltCount = 16
    private static let hashCount = 32

    /// - Parameters:
    ///   - memoryKiB: default 19 MiB, the first of OWASP's recommended settings.
    ///   - passes: default 2.
    package init(memoryKiB: UInt32 = 19_456, passes: UInt32 = 2) {
        self.memoryKiB = memoryKiB
        self.passes = passes
    }

    /// - Returns: the encoded form `$argon2id$v=19$m=…,t=…,p=1$salt$hash`.
    package func hash(_ password: String) throws(SecurityError) -> String {
        let salt = RandomBytes.generate(Self.saltCount)
        let password = Array(password.utf8)
        let capacity = argon2_encodedlen(
            passes, memoryKiB, 1, UInt32(Self.saltCount), UInt32(Self.hashCount), Argon2_id)
        var encoded = [CChar](repeating: 0, count: capacity)
        let result = argon2id_hash_encoded(
            passes, memoryKiB, 1, password, password.count, salt, salt.count, Self.hashCount, &encoded, capacity)
        guard result == 0 else { throw .library(operation: "argon2id", code: UInt(bitPattern: Int(result))) }
        return String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether the password is the one that was hashed. A hash of a kind unknown here is never right.
    package func verify(_ password: String, against hash: String) -> Verdict {
        if hash.hasPrefix("$argon2id$") {
            let bytes = Array(password.utf8)
            guard argon2id_verify(hash, bytes, bytes.count) == 0 else { return .wrong }
            return .right(shouldRehash: !hash.hasPrefix("$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=1$"))
        }
        if ["$2a$", "$2b$", "$2y$"].contains(where: hash.hasPrefix) {
            return Self.verifyBcrypt(password, against: hash) ? .right(shouldRehash: true) : .wrong
        }
        return .wrong
    }

    private static func verifyBcrypt(_ password: String, against hash: String) -> Bool {
        // C strings end at the first zero: a password that holds one would be compared only up to it.
        guard !password.utf8.contains(0), hash.utf8.count == 60 else { return false }
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        data.initialize(to: crypt_data())
        defer { data.deallocate() }
        guard let result = crypt_r(password, hash, data) else { return false }
        return constantTimeEquals(String(cString: result), hash)
    }
}
