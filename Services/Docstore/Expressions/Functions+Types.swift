import BSON

extension ExpressionFunction {
    static let types: [ExpressionFunction] =
        [
            .init("$type", 1) { .string($0[0].typeName) },
            .init("$isNumber", 1) { .bool($0[0].flatMap(Number.init) != nil) },
        ]
        + [
            ("$toDouble", 1), ("$toString", 2), ("$toObjectId", 7), ("$toBool", 8), ("$toDate", 9), ("$toInt", 16),
            ("$toLong", 18), ("$toDecimal", 19),
        ].map { name, target in
            ExpressionFunction(name, 1) { values throws(CommandError) in
                guard !values[0].isNullish, let value = values[0] else { return .null }
                return try Conversion.convert(value, to: Int32(target))
            }
        }
}
