import BSON

extension ExpressionFunction {
    static let arraySlices: [ExpressionFunction] = [
        .init("$arrayElemAt", 2) { values throws(CommandError) in
            if values.anyNullish { return .null }
            guard case .array(let elements)? = values[0] else {
                throw CommandError(
                    code: 28689, "$arrayElemAt's first argument must be an array, but is \(values[0].typeName)")
            }
            guard let number = values[1].flatMap(Number.init) else {
                throw CommandError(
                    code: 28690,
                    "$arrayElemAt's second argument must be a numeric value, but is \(values[1].typeName)")
            }
            guard let index = number.exactInt64.flatMap(Int32.init(exactly:)) else {
                throw CommandError(
                    code: 28691,
                    "$arrayElemAt's second argument must be representable as a 32-bit integer: \(number.text)")
            }
            return element(elements, at: Int(index))
        },
        end("$first", 0),
        end("$last", -1),
        .init("$slice", 2...3) { values throws(CommandError) in try slice(values) },
    ]

    private static func element(_ elements: [BSONValue], at index: Int) -> BSONValue? {
        let place = index < 0 ? elements.count + index : index
        return elements.indices.contains(place) ? elements[place] : .none
    }

    private static func end(_ name: String, _ index: Int) -> ExpressionFunction {
        ExpressionFunction(name, 1) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard case .array(let elements)? = values[0] else {
                throw CommandError(
                    code: 28689, "\(name)'s argument must be an array, but is \(values[0].typeName)")
            }
            return element(elements, at: index)
        }
    }

    private static func slice(_ values: [BSONValue?]) throws(CommandError) -> BSONValue? {
        if values.anyNullish { return .null }
        guard case .array(let elements)? = values[0] else {
            throw CommandError(
                code: 28724, "First argument to $slice must be an array, but is of type: \(values[0].typeName)")
        }
        let second = try bound(values[1], "Second", codes: (28725, 28726))
        guard values.count == 3 else {
            return .array(Array(elements[BSONValue.range(of: elements.count, skip: nil, limit: second)]))
        }
        let third = try bound(values[2], "Third", codes: (28727, 28728))
        guard third > 0 else {
            throw CommandError(code: 28729, "Third argument to $slice must be positive: \(third)")
        }
        return .array(Array(elements[BSONValue.range(of: elements.count, skip: second, limit: third)]))
    }

    private static func bound(
        _ value: BSONValue?, _ which: String, codes: (type: Int32, whole: Int32)
    ) throws(CommandError) -> Int {
        guard let number = value.flatMap(Number.init) else {
            throw CommandError(
                code: codes.type,
                "\(which) argument to $slice must be a numeric value, but is of type: \(value.typeName)")
        }
        guard let whole = number.exactInt64.flatMap(Int32.init(exactly:)) else {
            throw CommandError(
                code: codes.whole, "\(which) argument to $slice can't be represented as a 32-bit integer")
        }
        return Int(whole)
    }
}
