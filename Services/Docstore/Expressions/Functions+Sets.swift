import BSON

extension ExpressionFunction {
    static let sets: [ExpressionFunction] = [
        .init("$setUnion", any) { values throws(CommandError) in
            var all: [BSONValue] = []
            for value in values {
                guard let elements = try elements(value, "$setUnion", code: 17043) else { return .null }
                all += elements
            }
            return .array(all.sortedSet)
        },
        .init("$setIntersection", any) { values throws(CommandError) in
            var common: [BSONValue]?
            for value in values {
                guard let elements = try elements(value, "$setIntersection", code: 17047) else { return .null }
                let keys = Set(elements.map(ValueKey.init))
                common = common?.filter { keys.contains(ValueKey($0)) } ?? elements
            }
            return .array((common ?? []).sortedSet)
        },
        .init("$setDifference", 2) { values throws(CommandError) in
            if values.anyNullish { return .null }
            let left = try operand(values[0], "both operands of $setDifference must be arrays. First", 17048)
            let right = try operand(values[1], "both operands of $setDifference must be arrays. Second", 17049)
            var seen = Set(right.map(ValueKey.init))
            return .array(left.filter { seen.insert(ValueKey($0)).inserted })
        },
        .init("$setIsSubset", 2) { values throws(CommandError) in
            let left = try operand(values[0], "both operands of $setIsSubset must be arrays. First", 17046)
            let right = try operand(values[1], "both operands of $setIsSubset must be arrays. Second", 17042)
            return .bool(Set(left.map(ValueKey.init)).isSubset(of: right.map(ValueKey.init)))
        },
        .init("$setEquals", 2...Int.max) { values throws(CommandError) in
            var first: Set<ValueKey>?
            var equal = true
            for value in values {
                let keys = Set(
                    try operand(value, "All operands of $setEquals must be arrays. One", 17044).map(ValueKey.init))
                equal = equal && (first ?? keys) == keys
                first = keys
            }
            return .bool(equal)
        },
        .init("$anyElementTrue", 1) { values throws(CommandError) in
            .bool(
                try operand(values[0], "$anyElementTrue's argument must be an array, but", 17041).contains(
                    where: \.isTruthy))
        },
        .init("$allElementsTrue", 1) { values throws(CommandError) in
            .bool(
                try operand(values[0], "$allElementsTrue's argument must be an array, but", 17040).allSatisfy(
                    \.isTruthy))
        },
    ]

    /// - Returns: nil for null and missing.
    private static func elements(
        _ value: BSONValue?, _ name: String, code: Int32
    ) throws(CommandError) -> [BSONValue]? {
        if value.isNullish { return nil }
        guard case .array(let elements)? = value else {
            throw CommandError(
                code: code, "All operands of \(name) must be arrays. One argument is of type: \(value.typeName)")
        }
        return elements
    }

    private static func operand(
        _ value: BSONValue?, _ complaint: String, _ code: Int32
    ) throws(CommandError) -> [BSONValue] {
        guard case .array(let elements)? = value else {
            throw CommandError(code: code, "\(complaint) argument is of type: \(value.typeName)")
        }
        return elements
    }
}

extension [BSONValue] {
    /// In order, each value once.
    fileprivate var sortedSet: [BSONValue] {
        var seen: Set<ValueKey> = []
        return filter { seen.insert(ValueKey($0)).inserted }.sorted { MongoOrder.compare($0, $1) < 0 }
    }
}
