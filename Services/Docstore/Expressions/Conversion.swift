import BSON

enum Conversion {
    static let operators: [ExpressionOperator] = [
        ("$toDouble", BSONType.double), ("$toString", .string), ("$toObjectId", .objectID), ("$toBool", .bool),
        ("$toDate", .date), ("$toInt", .int32), ("$toLong", .int64), ("$toDecimal", .decimal128),
    ].map { name, target in
        .init(name, 1, ofNull: .null) { arguments in
            let value = arguments[0] ?? .null
            return try converted(value, to: target).orThrow(failure("No \(target.name) from \(value.typeName)"))
        }
    }

    private static func failure(_ message: String) -> CommandError { CommandError(.conversionFailure, message) }

    private static func converted(_ value: BSONValue, to target: BSONType) throws -> BSONValue? {
        switch (target, value) {
        case (.string, .string), (.objectID, .objectID), (.date, .date): value
        case (.bool, _): .bool(value.isTruthy)
        case (.date, .string):
            throw CommandError(.invalidPipelineOperator, "a date from a string is not implemented in $toDate")
        case (_, .string(let text)): parsed(text, as: target)
        case (.string, .bool(let flag)): .string(flag ? "true" : "false")
        case (.string, .objectID(let id)): .string(id.hex)
        case (.string, .date(let milliseconds)): .string(try DateText.format(milliseconds))
        case (.date, .objectID), (.date, .timestamp): value.moment.map(BSONValue.date)
        case (.date, .int32), (.date, .bool), (.int32, .date): nil
        case (_, .bool(let flag)): try converted(Number.int32(flag ? 1 : 0), to: target)
        case (_, .date(let milliseconds)): try converted(Number.int64(milliseconds), to: target)
        default: if let number = value.number { try converted(number, to: target) } else { nil }
        }
    }

    private static func converted(_ number: Number, to target: BSONType) throws -> BSONValue? {
        let overflow = failure("Conversion would overflow target type")
        switch target {
        case .double:
            if case .decimal(let exact) = number, exact.isFinite, number.doubleValue.isInfinite { throw overflow }
            return .double(number.doubleValue)
        case .string: return .string(number.text)
        case .decimal128: return number.decimalValue.value
        case .int32: return .int32(try number.truncatedInt64.flatMap(Int32.init(exactly:)).orThrow(overflow))
        case .int64: return .int64(try number.truncatedInt64.orThrow(overflow))
        case .date: return .date(try number.truncatedInt64.orThrow(overflow))
        default: return nil
        }
    }

    /// As MongoDB reads them: whole, and without blanks.
    private static func parsed(_ text: String, as target: BSONType) -> BSONValue? {
        switch target {
        case .double: text.allSatisfy("0123456789+-.eEinfatyINFATY".contains) ? Double(text).map(BSONValue.double) : nil
        case .objectID: ObjectID(hex: text).map(BSONValue.objectID)
        case .int32: Int32(text).map(BSONValue.int32)
        case .int64: Int64(text).map(BSONValue.int64)
        case .decimal128: Decimal(text: text)?.value
        default: nil
        }
    }
}

extension Number {
    /// As MongoDB writes numbers into strings.
    var text: String {
        switch self {
        case .int32(let value): String(value)
        case .int64(let value): String(value)
        case .double(let value) where value.isFinite: CFormat.text(value, "%.16g")
        case .double, .decimal: decimalValue.description
        }
    }
}
