import Testing

@testable import Security

@Suite struct PasswordHasherTests {
    private let hasher = PasswordHasher(memoryKiB: 64, passes: 1)

    @Test func `a password matches its own hash only`() throws {
        let hash = try hasher.hash("correct horse\u{0} battery")
        #expect(hasher.verify("correct horse\u{0} battery", against: hash) == .right(shouldRehash: false))
        #expect(hasher.verify("correct horse\u{0} batterx", against: hash) == .wrong)
        #expect(hasher.verify("correct horse", against: hash) == .wrong)
    }

    @Test func `the same password hashes differently each time`() throws {
        #expect(try hasher.hash("x") != hasher.hash("x"))
    }

    @Test func `a weaker hash is accepted and asks to be replaced`() throws {
        let hash = try hasher.hash("long enough")
        #expect(
            PasswordHasher(memoryKiB: 128, passes: 1).verify("long enough", against: hash) == .right(shouldRehash: true)
        )
    }

    @Test func `the default strength is the documented one`() throws {
        let hash = try PasswordHasher().hash("x")
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    }

    /// The first is a published vector of the reference implementation, the second is glibc's own.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("kept from before", "$2b$05$abcdefghijklmnopqrstuuLadcDBxLUhalLxiuYgRlc7QSO/.k.Wy"),
    ])
    func `bcrypt is verified and asks to be replaced`(password: String, hash: String) {
        #expect(hasher.verify(password, against: hash) == .right(shouldRehash: true))
        #expect(hasher.verify(password + "x", against: hash) == .wrong)
        #expect(hasher.verify(password + "\u{0}", against: hash) == .wrong)
    }

    @Test(arguments: ["", "plain", "$1$abc$def", "$argon2id$nonsense", "$2b$12$short"])
    func `an unknown hash is never right`(hash: String) {
        #expect(hasher.verify("plain", against: hash) == .wrong)
    }
}
