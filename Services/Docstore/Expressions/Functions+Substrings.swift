import BSON

extension ExpressionFunction {
    static let substrings: [ExpressionFunction] = [
        .init("$substrBytes", 3) { values throws(CommandError) in try substringBytes("$substrBytes", values) },
        .init("$substr", 3) { values throws(CommandError) in try substringBytes("$substrBytes", values) },
        .init("$substrCP", 3) { values throws(CommandError) in
            let scalars = Array(try text(values[0]).unicodeScalars)
            let start = try index(values[1], "$substrCP: starting index", codes: (34450, 34451))
            let length = try index(values[2], "$substrCP: length", codes: (34452, 34453))
            guard length >= 0 else {
                throw CommandError(code: 34454, "$substrCP: length must be a nonnegative integer.")
            }
            guard start >= 0 else {
                throw CommandError(code: 34455, "$substrCP: the starting index must be nonnegative integer.")
            }
            guard start < scalars.count else { return "" }
            let end = min(Int64(scalars.count), Int64(start) + Int64(length))
            var result = String.UnicodeScalarView()
            result.append(contentsOf: scalars[start..<Int(end)])
            return .string(String(result))
        },
        .init("$indexOfBytes", 2...4) { values throws(CommandError) in
            try find("$indexOfBytes", values, codes: (40091, 40092)) { text, part, range in
                text.firstOccurrence(of: part, from: range.lowerBound, to: range.upperBound)
            }
        },
        .init("$indexOfCP", 2...4) { values throws(CommandError) in
            try find("$indexOfCP", values, codes: (40093, 40094)) { text, part, range in
                // Places are counted in code points: those of the first bytes of characters.
                let starts = text.indices.filter { !text[$0].isContinuation } + [text.count]
                guard range.lowerBound < starts.count else { return nil }
                let end = starts[min(range.upperBound, starts.count - 1)]
                guard let place = text.firstOccurrence(of: part, from: starts[range.lowerBound], to: end) else {
                    return nil
                }
                return starts.firstIndex(of: place)
            }
        },
    ]

    private static func index(
        _ value: BSONValue?, _ what: String, codes: (type: Int32, whole: Int32)
    ) throws(CommandError) -> Int {
        guard let number = value.flatMap(Number.init) else {
            throw CommandError(code: codes.type, "\(what) must be a numeric type (is BSON type \(value.typeName))")
        }
        guard let index = number.exactInt64.flatMap(Int32.init(exactly:)) else {
            throw CommandError(code: codes.whole, "\(what) cannot be represented as a 32-bit integral value")
        }
        return Int(index)
    }

    private static func substringBytes(_ name: String, _ values: [BSONValue?]) throws(CommandError) -> BSONValue? {
        let bytes = Array(try text(values[0]).utf8)
        guard let first = values[1].flatMap(Number.init) else {
            throw CommandError(
                code: 16034, "\(name):  starting index must be a numeric type (is BSON type \(values[1].typeName))")
        }
        guard let second = values[2].flatMap(Number.init) else {
            throw CommandError(
                code: 16035, "\(name):  length must be a numeric type (is BSON type \(values[2].typeName))")
        }
        let start = first.clampedInt64
        guard start >= 0 else {
            throw CommandError(code: 50752, "\(name):  starting index must be non-negative (got: \(start))")
        }
        guard start < bytes.count else { return "" }
        let length = second.clampedInt64
        guard !bytes[Int(start)].isContinuation else {
            throw CommandError(
                code: 28656, "\(name):  Invalid range, starting index is a UTF-8 continuation byte.")
        }
        let left = bytes.count - Int(start)
        let end = Int(start) + (length < 0 || length > left ? left : Int(length))
        guard end == bytes.count || !bytes[end].isContinuation else {
            throw CommandError(
                code: 28657, "\(name):  Invalid range, ending index is in the middle of a UTF-8 character.")
        }
        return .string(String(decoding: bytes[Int(start)..<end], as: UTF8.self))
    }

    private static func find(
        _ name: String, _ values: [BSONValue?], codes: (text: Int32, part: Int32),
        _ body: ([UInt8], [UInt8], Range<Int>) -> Int?
    ) throws(CommandError) -> BSONValue? {
        if values[0].isNullish { return .null }
        guard case .string(let text)? = values[0] else {
            throw CommandError(
                code: codes.text, "\(name) requires a string as the first argument, found: \(values[0].typeName)")
        }
        guard case .string(let part)? = values[1] else {
            throw CommandError(
                code: codes.part, "\(name) requires a string as the second argument, found: \(values[1].typeName)")
        }
        guard let range = try searchRange(name, values, count: text.utf8.count) else { return -1 }
        return .int32(body(Array(text.utf8), Array(part.utf8), range).map(Int32.init) ?? -1)
    }

    /// The optional third and fourth arguments of the searches: where to start and to end.
    /// - Returns: nil when there is nothing between them.
    static func searchRange(
        _ name: String, _ values: [BSONValue?], count: Int
    ) throws(CommandError) -> Range<Int>? {
        var bounds = [0, count]
        for (place, value) in values.dropFirst(2).enumerated() {
            let what = place == 0 ? "starting" : "ending"
            guard let number = value.flatMap(Number.init)?.exactInt64.flatMap(Int32.init(exactly:)) else {
                throw CommandError(
                    code: 40096,
                    "\(name) requires an integral \(what) index, found a value of type: \(value.typeName)")
            }
            guard number >= 0 else {
                throw CommandError(code: 40097, "\(name) requires a nonnegative \(what) index, found: \(number)")
            }
            bounds[place] = place == 0 ? Int(number) : min(Int(number), count)
        }
        return bounds[0] <= bounds[1] ? bounds[0]..<bounds[1] : nil
    }
}
