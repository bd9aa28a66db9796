import BSON

extension ExpressionFunction {
    static let rounding: [ExpressionFunction] = [
        unary("$ceil") { number throws(CommandError) in whole(number, .up, .up) },
        unary("$floor") { number throws(CommandError) in whole(number, .down, .down) },
        .init("$round", 1...2) { values throws(CommandError) in try toPlace("$round", values, .halfEven) },
        .init("$trunc", 1...2) { values throws(CommandError) in try toPlace("$trunc", values, .towardZero) },
    ]

    private static func whole(
        _ number: Number, _ doubles: FloatingPointRoundingRule, _ decimals: Decimal.Rounding
    ) -> Number {
        switch number {
        case .int32, .int64: number
        case .double(let value): .double(value.rounded(doubles))
        case .decimal(let value): .decimal(value.rounded(toExponent: 0, decimals))
        }
    }

    private static func toPlace(
        _ name: String, _ values: [BSONValue?], _ rule: Decimal.Rounding
    ) throws(CommandError) -> BSONValue? {
        if values.anyNullish { return .null }
        guard let number = values[0].flatMap(Number.init) else {
            throw CommandError(code: 51081, "\(name) only supports numeric types, not \(values[0].typeName)")
        }
        var place = 0
        if values.count == 2 {
            guard let given = values[1].flatMap(Number.init)?.exactInt64 else {
                throw CommandError(code: 51082, "precision argument to  \(name) must be a integral value")
            }
            guard (-20...100).contains(given) else {
                throw CommandError(
                    code: 51083, "cannot apply \(name) with precision value \(given) value must be in [-20, 100]")
            }
            place = Int(given)
        }
        switch number {
        case .int32, .int64:
            guard place < 0 else { return number.value }
            let rounded = Decimal(number.clampedInt64).rounded(toExponent: -place, rule)
            guard let integer = rounded.truncatedInt64 else {
                throw CommandError(code: 51080, "invalid conversion from Decimal128 result in \(name)")
            }
            if case .int32 = number { return Number.narrow(integer).value }
            return .int64(integer)
        case .double(let value):
            guard value.isFinite else { return number.value }
            let exact = Decimal(value, digits: Decimal.maximumDigits)
            let rounded = exact.rounded(toExponent: -place, rule)
            return .double(rounded.doubleValue)
        case .decimal(let value):
            guard value.isFinite else { return number.value }
            return Number.decimal(value.quantized(toExponent: -place, rule)).value
        }
    }
}
