import Security

/// The code by which somebody invites others: eight characters that cannot be taken for one another.
enum ReferralCode {
    private static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ".utf8)
    static let length = 8

    static func random() -> String {
        let characters = RandomBytes.generate(length).map { alphabet[Int($0) % alphabet.count] }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The form under which it is stored.
    static func fold(_ code: String) -> String { code.uppercased() }
}
