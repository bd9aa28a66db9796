import CPCRE2

/// A compiled regular expression (PCRE2, as UTF-8, the way MongoDB compiles its own).
final class Regex: @unchecked Sendable {
    // The compiled code is immutable; every match makes its own match data.
    private let code: OpaquePointer

    let pattern: String
    let options: String

    init(pattern: String, options: String) throws {
        self.pattern = pattern
        self.options = options
        try require(!pattern.utf8.contains(0), .badValue, "Regular expression cannot contain an embedded null byte")
        var flags = UInt32(PCRE2_UTF)
        for option in options {
            flags |= try Self.flags[option].orThrow(.init(code: 51108, "invalid flag in regex options: \(option)"))
        }
        var failure: Int32 = 0
        var offset = 0
        let bytes = Array(pattern.utf8)
        guard let code = pcre2_compile_8(bytes, bytes.count, flags, &failure, &offset, nil) else {
            var text = [UInt8](repeating: 0, count: 256)
            let count = pcre2_get_error_message_8(failure, &text, text.count)
            let reason = String(decoding: text.prefix(max(0, Int(count))), as: UTF8.self)
            throw CommandError(code: 51091, "Regular expression is invalid: \(reason)")
        }
        self.code = code
    }

    deinit { pcre2_code_free_8(code) }

    private static let flags: [Character: UInt32] = [
        "i": PCRE2_CASELESS, "m": PCRE2_MULTILINE, "s": PCRE2_DOTALL, "x": PCRE2_EXTENDED, "u": PCRE2_UTF,
    ]

    /// - Throws: when the search runs into PCRE2's limits, for then nobody knows whether it matches.
    func matches(_ text: String) throws -> Bool {
        let data = try pcre2_match_data_create_8(1, nil).orThrow(.init(.internalError, "no memory for a pattern"))
        defer { pcre2_match_data_free_8(data) }
        let bytes = Array(text.utf8)
        let count = pcre2_match_8(code, bytes, bytes.count, 0, 0, data, nil)
        // Zero: there was no room for the places, which nobody asks for.
        let isDone = count >= 0 || count == PCRE2_ERROR_NOMATCH
        try require(isDone, code: 51156, "the regular expression failed with \(count)")
        return count >= 0
    }
}
