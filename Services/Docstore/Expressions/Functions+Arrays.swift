import BSON

extension ExpressionFunction {
    static let arrays: [ExpressionFunction] = [
        .init("$size", 1) { values throws(CommandError) in
            guard case .array(let elements)? = values[0] else {
                throw CommandError(
                    code: 17124, "The argument to $size must be an array, but was of type: \(values[0].typeName)")
            }
            return .int32(Int32(elements.count))
        },
        .init("$isArray", 1) { if case .array? = $0[0] { true } else { false } },
        .init("$reverseArray", 1) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard case .array(let elements)? = values[0] else {
                throw CommandError(
                    code: 34435,
                    "The argument to $reverseArray must be an array, but was of type: \(values[0].typeName)")
            }
            return .array(elements.reversed())
        },
        .init("$concatArrays", any) { values throws(CommandError) in
            var result: [BSONValue] = []
            for value in values {
                if value.isNullish { return .null }
                guard case .array(let elements)? = value else {
                    throw CommandError(code: 28664, "$concatArrays only supports arrays, not \(value.typeName)")
                }
                result += elements
            }
            return .array(result)
        },
        .init("$in", 2) { values throws(CommandError) in
            guard case .array(let elements)? = values[1] else {
                throw CommandError(
                    code: 40081, "$in requires an array as a second argument, found: \(values[1].typeName)")
            }
            return .bool(elements.contains { MongoOrder.compare($0, values[0]) == 0 })
        },
        .init("$indexOfArray", 2...4) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard case .array(let elements)? = values[0] else {
                throw CommandError(
                    code: 40090,
                    "$indexOfArray requires an array as a first argument, found: \(values[0].typeName)")
            }
            guard let range = try searchRange("$indexOfArray", values, count: elements.count) else { return -1 }
            let place = range.first { $0 < elements.count && MongoOrder.compare(elements[$0], values[1]) == 0 }
            return .int32(place.map(Int32.init) ?? -1)
        },
        .init("$range", 2...3) { values throws(CommandError) in try range(values) },
    ]

    private static func range(_ values: [BSONValue?]) throws(CommandError) -> BSONValue? {
        let start = try bound(values[0], "starting", codes: (34443, 34444))
        let end = try bound(values[1], "ending", codes: (34445, 34446))
        let step = values.count == 3 ? try bound(values[2], "step", codes: (34447, 34448)) : 1
        guard step != 0 else { throw CommandError(code: 34449, "$range requires a non-zero step value") }
        return .array(stride(from: start, to: end, by: step).map { .int32(Int32($0)) })
    }

    private static func bound(
        _ value: BSONValue?, _ what: String, codes: (type: Int32, whole: Int32)
    ) throws(CommandError) -> Int {
        guard let number = value.flatMap(Number.init) else {
            throw CommandError(
                code: codes.type, "$range requires a numeric \(what) value, found value of type: \(value.typeName)")
        }
        guard let whole = number.exactInt64.flatMap(Int32.init(exactly:)) else {
            throw CommandError(
                code: codes.whole, "$range requires a \(what) value that can be represented as a 32-bit integer")
        }
        return Int(whole)
    }
}
