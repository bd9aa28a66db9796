import CPCRE2

/// A compiled regular expression (PCRE2, as UTF-8, the way MongoDB compiles its own).
final class Regex: @unchecked Sendable {
    // The compiled code is immutable; every match makes its own match data.
    private let code: OpaquePointer

    let pattern: String
    let options: String

    init(pattern: String, options: String) throws(CommandError) {
        self.pattern = pattern
        self.options = options
        try require(!pattern.utf8.contains(0), .badValue, "Regular expression cannot contain an embedded null byte")
        let flags = try Self.flags(options)
        var failure: Int32 = 0
        var offset = 0
        let bytes = Array(pattern.utf8)
        guard
            let code = pcre2_compile_8(bytes, bytes.count, flags, &failure, &offset, nil)
        else {
            var text = [UInt8](repeating: 0, count: 256)
            let count = pcre2_get_error_message_8(failure, &text, text.count)
            let message = String(decoding: text.prefix(max(0, Int(count))), as: UTF8.self)
            throw CommandError(code: 51091, "Regular expression is invalid: \(message)")
        }
        self.code = code
    }

    deinit {
        pcre2_code_free_8(code)
    }

    private static let flags: [Character: UInt32] = [
        "i": UInt32(PCRE2_CASELESS), "m": UInt32(PCRE2_MULTILINE), "s": UInt32(PCRE2_DOTALL),
        "x": UInt32(PCRE2_EXTENDED), "u": UInt32(PCRE2_UTF),
    ]

    private static func flags(_ options: String) throws(CommandError) -> UInt32 {
        var flags = UInt32(PCRE2_UTF)
        for option in options {
            let flag = try require(Self.flags[option], code: 51108, "invalid flag in regex options: \(option)")
            flags |= flag
        }
        return flags
    }

    func matches(_ text: String) throws(CommandError) -> Bool {
        try firstMatch(in: Array(text.utf8), from: 0) != nil
    }

    /// The byte ranges of the first match at or after an offset: of the whole, then of each group (nil: took no part).
    ///
    /// - Throws: when the search runs into PCRE2's limits, for then nobody knows whether it matches.
    func firstMatch(in text: [UInt8], from start: Int) throws(CommandError) -> [Range<Int>?]? {
        let data = try require(
            pcre2_match_data_create_from_pattern_8(code, nil), .internalError, "out of memory for a regular expression")
        defer { pcre2_match_data_free_8(data) }
        let count = pcre2_match_8(code, text, text.count, start, 0, data, nil)
        if count == PCRE2_ERROR_NOMATCH { return nil }
        try require(count > 0, code: 51156, "Error occurred while executing the regular expression: \(count)")
        guard let offsets = pcre2_get_ovector_pointer_8(data) else { return nil }
        return (0..<Int(pcre2_get_ovector_count_8(data))).map { group in
            // A group that took no part has -1 here, as an unsigned number the greatest.
            let lower = offsets[2 * group]
            let upper = offsets[2 * group + 1]
            return lower < 0 || lower > upper ? nil : lower..<upper
        }
    }
}
