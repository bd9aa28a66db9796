import BSON

extension ExpressionFunction {
    static let strings: [ExpressionFunction] = [
        .init("$concat", any) { values throws(CommandError) in
            var result = ""
            for value in values {
                if value.isNullish { return .null }
                guard case .string(let text)? = value else {
                    throw CommandError(code: 16702, "$concat only supports strings, not \(value.typeName)")
                }
                result += text
            }
            return .string(result)
        },
        .init("$toLower", 1) { values throws(CommandError) in
            .string(try text(values[0]).mappingASCII { $0.isASCIIUpper ? $0 | 0x20 : $0 })
        },
        .init("$toUpper", 1) { values throws(CommandError) in .string(try text(values[0]).uppercasedASCII) },
        .init("$strcasecmp", 2) { values throws(CommandError) in
            let order = MongoOrder.compare(
                try text(values[0]).uppercasedASCII, try text(values[1]).uppercasedASCII)
            return .int32(Int32(order.signum()))
        },
        .init("$strLenCP", 1) { values throws(CommandError) in
            guard case .string(let text)? = values[0] else {
                throw CommandError(code: 34471, "$strLenCP requires a string argument, found: \(values[0].typeName)")
            }
            return .int32(Int32(text.unicodeScalars.count))
        },
        .init("$strLenBytes", 1) { values throws(CommandError) in
            guard case .string(let text)? = values[0] else {
                throw CommandError(
                    code: 34473, "$strLenBytes requires a string argument, found: \(values[0].typeName)")
            }
            return .int32(Int32(text.utf8.count))
        },
        .init("$split", 2) { values throws(CommandError) in
            if values.anyNullish { return .null }
            guard case .string(let text)? = values[0] else {
                throw CommandError(
                    code: 40085,
                    "$split requires an expression that evaluates to a string as a first argument, found: "
                        + values[0].typeName)
            }
            guard case .string(let separator)? = values[1] else {
                throw CommandError(
                    code: 40086,
                    "$split requires an expression that evaluates to a string as a second argument, found: "
                        + values[1].typeName)
            }
            guard !separator.isEmpty else { throw CommandError(code: 40087, "$split requires a non-empty separator") }
            return .array(
                Array(text.utf8).split(by: Array(separator.utf8)).map { .string(String(decoding: $0, as: UTF8.self)) })
        },
    ]

    /// A value as text, where an operator takes more than strings.
    static func text(_ value: BSONValue?) throws(CommandError) -> String {
        switch value {
        case nil, .null?, .undefined?: return ""
        case .string(let text)?, .symbol(let text)?, .javascript(let text)?: return text
        case .date(let milliseconds)?: return DateText.iso(milliseconds)
        case let value?:
            if let number = Number(value) { return number.text }
            throw CommandError(code: 16007, "can't convert from BSON type \(value.typeName) to String")
        }
    }
}

extension Number {
    /// As MongoDB writes numbers into strings.
    var text: String {
        switch self {
        case .int32(let value): String(value)
        case .int64(let value): String(value)
        case .double(let value):
            value.isNaN
                ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : CFormat.general(value, digits: 16)
        case .decimal(let value): value.description
        }
    }
}

extension UInt8 {
    var isASCIIUpper: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    var isASCIILower: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    /// A byte inside of a UTF-8 character.
    var isContinuation: Bool { self & 0xc0 == 0x80 }
}

extension String {
    var uppercasedASCII: String { mappingASCII { $0.isASCIILower ? $0 & ~0x20 : $0 } }

    /// Only ASCII letters change, as in MongoDB.
    func mappingASCII(_ change: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map(change), as: UTF8.self)
    }
}

extension [UInt8] {
    /// The place of the first occurrence at or after `start` that ends by `end`.
    func firstOccurrence(of part: [UInt8], from start: Int = 0, to end: Int? = nil) -> Int? {
        let last = (end ?? count) - part.count
        guard start <= last else { return nil }
        for place in start...last where self[place..<(place + part.count)].elementsEqual(part) { return place }
        return nil
    }

    func split(by separator: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        while let place = firstOccurrence(of: separator, from: start) {
            parts.append(self[start..<place])
            start = place + separator.count
        }
        parts.append(self[start...])
        return parts
    }
}
