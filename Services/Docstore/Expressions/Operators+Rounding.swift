import BSON

extension ExpressionOperator {
    static let rounding: [ExpressionOperator] = [
        whole("$ceil", .up, .up),
        whole("$floor", .down, .down),
        .init("$round", 1...2, nulls: .any) { try toPlace($0, .halfEven) },
        .init("$trunc", 1...2, nulls: .any) { try toPlace($0, .towardZero) },
    ]

    private static func whole(
        _ name: String, _ binary: FloatingPointRoundingRule, _ decimal: Decimal.Rounding
    ) -> ExpressionOperator {
        .init(name, 1, nulls: .any) { arguments in
            switch try arguments.number(else: 28765) {
            case .double(let value): .double(value.rounded(binary))
            case .decimal(let value): Number.decimal(value.rounded(toExponent: 0, decimal)).value
            case let integer: integer.value
            }
        }
    }

    private static func toPlace(_ arguments: Arguments, _ rule: Decimal.Rounding) throws(CommandError) -> BSONValue? {
        let number = try arguments.number(else: 51081)
        var place = 0
        if arguments.values.count == 2 {
            guard let given = arguments[1].flatMap(Number.init)?.exactInt64 else {
                throw arguments.wrong(1, "a whole number", 51082)
            }
            guard (-20...100).contains(given) else { throw arguments.wrong(1, "a number of -20 to 100", 51083) }
            place = Int(given)
        }
        switch number {
        case .int32, .int64:
            guard place < 0 else { return number.value }
            let rounded = Decimal(number.clampedInt64).rounded(toExponent: -place, rule)
            guard let integer = rounded.truncatedInt64 else {
                throw CommandError(code: 51080, "invalid conversion from Decimal128 result in \(arguments.name)")
            }
            if case .int32 = number { return Number.narrow(integer).value }
            return .int64(integer)
        case .double(let value):
            guard value.isFinite else { return number.value }
            return .double(Decimal(value, digits: Decimal.maximumDigits).rounded(toExponent: -place, rule).doubleValue)
        case .decimal(let value):
            return value.isFinite ? Number.decimal(value.quantized(toExponent: -place, rule)).value : number.value
        }
    }
}
