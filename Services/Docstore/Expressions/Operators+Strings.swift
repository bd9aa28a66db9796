import BSON

extension ExpressionOperator {
    static let strings: [ExpressionOperator] = [
        .init("$concat", .anyCount) { arguments in
            try arguments.all { try arguments.string($0, else: 16702) }.map { .string($0.joined()) } ?? .null
        },
        .init("$toLower", 1) { arguments in
            .string(try arguments.text(0).mappingASCII { $0.isASCIIUpper ? $0 | 0x20 : $0 })
        },
        .init("$toUpper", 1) { .string(try $0.text(0).uppercasedASCII) },
        .init("$substrCP", 3) { arguments in
            let scalars = try arguments.text(0).unicodeScalars
            let start = try arguments.int(1, else: 34450, notWhole: 34451)
            let length = try arguments.int(2, else: 34452, notWhole: 34453)
            guard length >= 0 else { throw arguments.wrong(2, "a number of at least 0", 34454) }
            guard start >= 0 else { throw arguments.wrong(1, "a number of at least 0", 34455) }
            return .string(String(scalars.dropFirst(start).prefix(length)))
        },
        .init("$strLenCP", 1) { .int32(Int32(try $0.string(else: 34471).unicodeScalars.count)) },
        .init("$strLenBytes", 1) { .int32(Int32(try $0.string(else: 34473).utf8.count)) },
        .init("$split", 2, nulls: .any) { arguments in
            let text = Array(try arguments.string(0, else: 40085).utf8)
            let separator = Array(try arguments.string(1, else: 40086).utf8)
            guard !separator.isEmpty else { throw CommandError(code: 40087, "$split requires a non-empty separator") }
            let parts = text.split(separator: separator, omittingEmptySubsequences: false)
            return .array(parts.map { .string(String(decoding: $0, as: UTF8.self)) })
        },
        trim("$trim", start: true, end: true),
        trim("$ltrim", start: true, end: false),
        trim("$rtrim", start: false, end: true),
        replace("$replaceOne", all: false),
        replace("$replaceAll", all: true),
    ]

    /// What `$trim` takes away unless told.
    private static let blanks =
        "\0\t\n\u{b}\u{c}\r \u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}"
        + "\u{2008}\u{2009}\u{200a}"

    private static func trim(_ name: String, start: Bool, end: Bool) -> ExpressionOperator {
        .init(
            name, required: ["input": 50695], optional: ["chars": .string(blanks)], codes: (50696, 50694),
            nulls: .first
        ) { arguments in
            var scalars = try arguments.string(0, else: 50699).unicodeScalars[...]
            guard let unwanted = try arguments.stringIfAny(1, else: 50700)?.unicodeScalars else { return .null }
            if start { scalars = scalars.drop { unwanted.contains($0) } }
            if end { while let last = scalars.last, unwanted.contains(last) { scalars.removeLast() } }
            return .string(String(scalars))
        }
    }

    private static func replace(_ name: String, all: Bool) -> ExpressionOperator {
        .init(
            name, required: ["input": 51749, "find": 51748, "replacement": 51747], codes: (51751, 51750)
        ) { arguments in
            let input = try arguments.stringIfAny(0, else: 51746)
            let find = try arguments.stringIfAny(1, else: 51745)
            let replacement = try arguments.stringIfAny(2, else: 51744)
            guard let input, let find, let replacement else { return .null }
            let result = Array(input.utf8).replacing(
                Array(find.utf8), with: Array(replacement.utf8), maxReplacements: all ? .max : 1)
            return .string(String(decoding: result, as: UTF8.self))
        }
    }

    static let patterns: [ExpressionOperator] = [
        pattern("$regexMatch", ofNull: false) { regex, text in
            .bool(try regex.firstMatch(in: text, from: 0) != nil)
        },
        pattern("$regexFind", ofNull: .null) { regex, text in
            try regex.firstMatch(in: text, from: 0).map { describe($0, in: text) } ?? .null
        },
    ]

    private static func pattern(
        _ name: String, ofNull: BSONValue,
        _ body: @escaping @Sendable (Regex, [UInt8]) throws -> BSONValue
    ) -> ExpressionOperator {
        .init(
            name, required: ["input": 31022, "regex": 31023], optional: ["options": .null], codes: (51103, 31024)
        ) { arguments in
            let regex = try regex(arguments)
            if arguments[0].isNullish { return ofNull }
            guard let text = arguments[0]?.textual else { throw arguments.wrong(0, "a string", 51104) }
            return try regex.map { try body($0, Array(text.utf8)) } ?? ofNull
        }
    }

    private static func regex(_ arguments: Arguments) throws(CommandError) -> Regex? {
        let options = try arguments.stringIfAny(2, else: 51106)
        do throws(CommandError) {
            switch arguments[1] {
            case nil, .null?, .undefined?: return nil
            case .string(let pattern)?: return try Regex(pattern: pattern, options: options ?? "")
            case .regex(let pattern, let own)?:
                guard own.isEmpty || options == nil else {
                    throw CommandError(code: 51107, "\(arguments.name) found options in both 'regex' and 'options'")
                }
                return try Regex(pattern: pattern, options: options ?? own)
            default: throw arguments.wrong(1, "a string or a regular expression", 51105)
            }
        } catch {
            guard error.code == 51091 else { throw error }
            throw CommandError(code: 51111, "Invalid Regex in \(arguments.name): \(error.message)")
        }
    }

    private static func describe(_ groups: [Range<Int>?], in bytes: [UInt8]) -> BSONValue {
        let texts = groups.map { $0.map { BSONValue.string(String(decoding: bytes[$0], as: UTF8.self)) } ?? .null }
        let index = bytes[..<(groups[0]?.lowerBound ?? 0)].count { !$0.isContinuation }
        return ["match": texts[0], "idx": .int32(Int32(index)), "captures": .array(Array(texts.dropFirst()))]
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isASCIIUpper: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    var isASCIILower: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    /// A byte inside of a UTF-8 character.
    var isContinuation: Bool { self & 0xc0 == 0x80 }
}

extension String {
    fileprivate var uppercasedASCII: String { mappingASCII { $0.isASCIILower ? $0 & ~0x20 : $0 } }

    /// Only ASCII letters change, as in MongoDB.
    fileprivate func mappingASCII(_ change: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map(change), as: UTF8.self)
    }
}
