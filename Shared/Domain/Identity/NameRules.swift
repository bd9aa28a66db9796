/// What a user name, an address, a display name and a password may look like.
package enum NameRules {
    package static let usernameLength = 3...30
    package static let displayNameLength = 1...50
    package static let bioLength = 0...160
    package static let passwordLength = 8...256
    /// RFC 5321, section 4.5.3.1: the longest address that a path can carry.
    package static let emailLength = 3...254

    /// Letters and digits of ASCII and the underscore.
    package static func isUsername(_ text: String) -> Bool {
        usernameLength.contains(text.utf8.count)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// The form under which a name is unique: names that differ only in case are one name.
    package static func fold(_ name: String) -> String { name.lowercased() }

    /// One `@`, a local part of at most 64 bytes without white space or control characters, and a dotted domain name.
    ///
    /// Deliverability is proved by the verification mail, so this refuses only what can't be an address.
    package static func isEmail(_ text: String) -> Bool {
        guard emailLength.contains(text.utf8.count) else { return false }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count) else { return false }
        let local = parts[0].utf8
        guard local.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !#"<>()[],;:\""#.utf8.contains($0) }) else { return false }
        guard local.first != UInt8(ascii: "."), local.last != UInt8(ascii: ".") else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy(isDomainLabel)
    }

    private static func isDomainLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
            && label.utf8.last != UInt8(ascii: "-")
            && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 >= 0x80 }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
