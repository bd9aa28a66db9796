import BSON

extension ExpressionOperator {
    static let arrays: [ExpressionOperator] = [
        .init("$size", 1) { .int32(Int32(try $0.array(else: 17124).count)) },
        .init("$isArray", 1) { .bool($0[0]?.arrayValue != nil) },
        .init("$reverseArray", 1, ofNull: .null) { .array(try $0.array(else: 34435).reversed()) },
        .init("$first", 1, ofNull: .null) { try $0.array(else: 28689).first },
        .init("$last", 1, ofNull: .null) { try $0.array(else: 28689).last },
        .init("$arrayElemAt", 2, ofNull: .null) { arguments in
            let elements = try arguments.array(0, else: 28689)
            let index = try arguments.int(1, else: 28690, notWhole: 28691)
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? elements[place] : .none
        },
        .init("$concatArrays", .anyCount) { arguments in
            try arguments.all { try arguments.array($0, else: 28664) }.map { .array(Array($0.joined())) } ?? .null
        },
        .init("$in", 2) { arguments in
            .bool(try arguments.array(1, else: 40081).contains { MongoOrder.compare($0, arguments[0]) == 0 })
        },
        .init("$anyElementTrue", 1) { .bool(try $0.array(else: 17041).contains(where: \.isTruthy)) },
        .init("$allElementsTrue", 1) { .bool(try $0.array(else: 17040).allSatisfy(\.isTruthy)) },
        .init("$slice", 2...3, ofNull: .null) { arguments in
            let elements = try arguments.array(0, else: 28724)
            let second = try arguments.int(1, else: 28725, notWhole: 28726)
            guard arguments.values.count == 3 else { return .array(elements.sliced(skip: nil, limit: second)) }
            let third = try arguments.int(2, else: 28727, notWhole: 28728)
            guard third > 0 else { throw arguments.wrong(2, "a positive number", 28729) }
            return .array(elements.sliced(skip: second, limit: third))
        },
    ]

    static let objects: [ExpressionOperator] = [
        .init("$objectToArray", 1, ofNull: .null) { arguments in
            .array(try arguments.document(else: 40390).elements.map { ["k": .string($0.key), "v": $0.value] })
        },
        .init("$arrayToObject", 1, ofNull: .null) { arguments in
            var result = BSONDocument()
            let elements = try arguments.array(else: 40386)
            for element in elements {
                let (key, value) = try pair(element, first: elements[0])
                result[key] = value
            }
            return .document(result)
        },
    ]

    /// A field from `[key, value]` or from `{k:, v:}`; all must be of the first one's kind.
    private static func pair(_ element: BSONValue, first: BSONValue) throws -> (key: String, value: BSONValue) {
        func wrong(_ code: Int32) -> CommandError { CommandError(code: code, "$arrayToObject cannot take \(element)") }
        switch (first, element) {
        case (.array, .array(let pair)):
            guard pair.count == 2 else { throw wrong(40397) }
            return (try pair[0].stringValue.orThrow(wrong(40395)), pair[1])
        case (.document, .document(let pair)):
            guard pair.count == 2 else { throw wrong(40392) }
            guard let given = pair["k"], let value = pair["v"] else { throw wrong(40393) }
            return (try given.stringValue.orThrow(wrong(40394)), value)
        case (.array, _): throw wrong(40396)
        case (.document, _): throw wrong(40391)
        default: throw wrong(40398)
        }
    }
}

extension [BSONValue] {
    /// So many elements, after so many; negative numbers count from the end.
    func sliced(skip: Int?, limit: Int) -> [BSONValue] {
        guard let skip else { return Array(limit >= 0 ? prefix(limit) : suffix(limit == .min ? .max : -limit)) }
        return Array(self[place(skip)...].prefix(Swift.max(0, limit)))
    }

    func place(_ offset: Int) -> Int { offset >= 0 ? Swift.min(offset, count) : count + Swift.max(offset, -count) }
}
