import BSON

extension ExpressionOperator {
    static let strings: [ExpressionOperator] = [
        .init("$concat", .anyCount) { arguments in
            try arguments.all { try arguments.string($0, else: 16702) }.map { .string($0.joined()) } ?? .null
        },
        .init("$toLower", 1) { .string(try $0.text(0).mappingASCII { $0.isASCIIUpper ? $0 | 0x20 : $0 }) },
        .init("$toUpper", 1) { .string(try $0.text(0).mappingASCII { $0.isASCIILower ? $0 & ~0x20 : $0 }) },
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
        .init("$split", 2, ofNull: .null) { arguments in
            let text = Array(try arguments.string(0, else: 40085).utf8)
            let separator = Array(try arguments.string(1, else: 40086).utf8)
            guard !separator.isEmpty else { throw CommandError(code: 40087, "$split requires a non-empty separator") }
            let parts = text.split(separator: separator, omittingEmptySubsequences: false)
            return .array(parts.map { .string(String(decoding: $0, as: UTF8.self)) })
        },
    ]
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isASCIIUpper: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    var isASCIILower: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}

extension String {
    /// Only ASCII letters change, as in MongoDB.
    fileprivate func mappingASCII(_ change: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map(change), as: UTF8.self)
    }
}
