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
        .init("$strcasecmp", 2) { arguments in
            let (left, right) = (try arguments.text(0).uppercasedASCII, try arguments.text(1).uppercasedASCII)
            return .int32(Int32(MongoOrder.compare(left, right).signum()))
        },
        .init("$substrCP", 3) { arguments in
            let scalars = try arguments.text(0).unicodeScalars
            let start = try arguments.int(1, else: 34450, notWhole: 34451)
            let length = try arguments.int(2, else: 34452, notWhole: 34453)
            guard length >= 0 else { throw arguments.wrong(2, "a number of at least 0", 34454) }
            guard start >= 0 else { throw arguments.wrong(1, "a number of at least 0", 34455) }
            return .string(String(scalars.dropFirst(start).prefix(length)))
        },
        .init("$indexOfCP", 2...4, nulls: .first) { arguments in
            let text = Array(try arguments.string(0, else: 40093).utf8)
            let part = Array(try arguments.string(1, else: 40094).utf8)
            // Places are counted in code points: those of the first bytes of characters.
            let starts = text.indices.filter { !text[$0].isContinuation } + [text.count]
            guard let range = try arguments.searchRange(count: starts.count - 1),
                let byte = text.firstOccurrence(of: part, in: starts[range.lowerBound]..<starts[range.upperBound])
            else { return -1 }
            return .int32(starts.firstIndex(of: byte).map(Int32.init) ?? -1)
        },
        .init("$strLenCP", 1) { .int32(Int32(try $0.string(else: 34471).unicodeScalars.count)) },
        .init("$strLenBytes", 1) { .int32(Int32(try $0.string(else: 34473).utf8.count)) },
        .init("$split", 2, nulls: .any) { arguments in
            let text = Array(try arguments.string(0, else: 40085).utf8)
            let separator = Array(try arguments.string(1, else: 40086).utf8)
            guard !separator.isEmpty else { throw CommandError(code: 40087, "$split requires a non-empty separator") }
            var parts: [BSONValue] = []
            var start = 0
            while let place = text.firstOccurrence(of: separator, in: start..<text.count) {
                parts.append(.string(String(decoding: text[start..<place], as: UTF8.self)))
                start = place + separator.count
            }
            return .array(parts + [.string(String(decoding: text[start...], as: UTF8.self))])
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
            let (text, part) = (Array(input.utf8), Array(find.utf8))
            var result: [UInt8] = []
            var start = 0
            while let place = text.firstOccurrence(of: part, in: start..<text.count) {
                result += text[start..<place] + Array(replacement.utf8)
                start = place + part.count
                if part.isEmpty {
                    // The empty string occurs before each byte and at the end.
                    guard place < text.count else { break }
                    result.append(text[place])
                    start = place + 1
                }
                if !all { break }
            }
            return .string(String(decoding: result + text[min(start, text.count)...], as: UTF8.self))
        }
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

extension [UInt8] {
    /// The place of the first occurrence that lies within a range.
    func firstOccurrence(of part: [UInt8], in range: Range<Int>) -> Int? {
        guard range.count >= part.count else { return nil }
        return (range.lowerBound...(range.upperBound - part.count)).first {
            self[$0..<($0 + part.count)].elementsEqual(part)
        }
    }
}
