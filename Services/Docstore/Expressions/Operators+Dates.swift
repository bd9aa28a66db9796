import BSON

extension ExpressionOperator {
    static let dates: [ExpressionOperator] = [
        part("$year") { .int32(Int32(clamping: $0.year)) },
        part("$month") { .int32(Int32($0.month)) },
        part("$dayOfMonth") { .int32(Int32($0.day)) },
        part("$hour") { .int32(Int32($0.hour)) },
        part("$minute") { .int32(Int32($0.minute)) },
        part("$second") { .int32(Int32($0.second)) },
        part("$millisecond") { .int32(Int32($0.millisecond)) },
        part("$dayOfWeek") { .int32(Int32($0.weekday + 1)) },
        part("$dayOfYear") { .int32(Int32($0.dayOfYear)) },
        part("$week") { .int32(Int32($0.week)) },
        part("$isoWeek") { .int32(Int32($0.isoWeek.week)) },
        part("$isoWeekYear") { .int64(Int64($0.isoWeek.year)) },
        part("$isoDayOfWeek") { .int32(Int32($0.isoWeekday)) },
        .init("$dateToString", parse: parseToString),
        .init("$dateFromString") { argument, parser in
            let named = try NamedArguments(
                argument, of: "$dateFromString", ["dateString", "onError", "onNull"], codes: (40540, 40541))
            let input = try named.require("dateString", missing: 40542, parser)
            let fallback = try ConversionFallback(named, parser)
            let expression = ComputedExpression { variables in
                let value = try input.evaluate(variables)
                if value.isNullish { return try fallback.ofNull(variables) }
                return try fallback.ofFailure(variables) {
                    let text = Arguments(name: "$dateFromString", values: [value])
                    return .date(try DateText.parse(try text.string(else: ErrorCode.conversionFailure.rawValue)))
                }
            }
            return named["onError"] == nil && named["onNull"] == nil ? try expression.folded(if: [input]) : expression
        },
    ]

    /// A part of a date: `{$year: date}`, `{$year: [date]}` or `{$year: {date:, timezone:}}`.
    private static func part(
        _ name: String, _ read: @escaping @Sendable (CivilDate) -> BSONValue
    ) -> ExpressionOperator {
        .init(name) { argument, parser in
            var parts: [any Expression] = [LiteralExpression(value: "UTC")]
            switch argument {
            case .document(let document) where document.first?.key.hasPrefix("$") == false:
                let named = try NamedArguments(argument, of: name, ["date", "timezone"], codes: (40535, 40535))
                parts.insert(try named.require("date", missing: 40539, parser), at: 0)
                if let zone = try named.optional("timezone", parser) { parts[1] = zone }
            case .array(let elements) where elements.count != 1:
                throw CommandError(code: 40536, "\(name) accepts one argument, but was given \(elements.count)")
            default: parts = try parser.list(argument, 1...1, of: name) + parts
            }
            return try FunctionExpression(name: name, arguments: parts, nulls: .any) { arguments in
                let offset = try arguments.zone(1)
                return read(CivilDate(milliseconds: try arguments.date(0) &+ offset * 1000))
            }.folded(if: parts)
        }
    }

    private static func parseToString(_ argument: BSONValue, _ parser: ExpressionParser) throws -> any Expression {
        let named = try NamedArguments(
            argument, of: "$dateToString", ["date", "format", "timezone", "onNull"], codes: (18629, 18534))
        let input = try named.require("date", missing: 18628, parser)
        let format = try named.optional("format", parser) ?? LiteralExpression(value: .string(DateText.iso))
        let zone = try named.optional("timezone", parser) ?? LiteralExpression(value: "UTC")
        let fallback = try ConversionFallback(named, parser)
        return ComputedExpression { variables in
            let arguments = Arguments(
                name: "$dateToString",
                values: [try input.evaluate(variables), try format.evaluate(variables), try zone.evaluate(variables)])
            guard var format = try arguments.stringIfAny(1, else: 18533) else { return .null }
            // A wrong format is wrong also where there is nothing to format.
            if arguments[0]?.moment == nil || arguments[2].isNullish { _ = try DateText.format(0, as: format) }
            if arguments[2].isNullish { return .null }
            let offset = try arguments.zone(2)
            if arguments[0].isNullish { return try fallback.ofNull(variables) }
            if offset != 0, named["format"] == nil { format.removeLast() }
            return .string(try DateText.format(try arguments.date(0), offset: offset, as: format))
        }
    }
}

extension Arguments {
    fileprivate func date(_ place: Int) throws(CommandError) -> Int64 {
        guard let milliseconds = values[place]?.moment else { throw wrong(place, "a date", 16006) }
        return milliseconds
    }

    /// Seconds east of Greenwich. Names of regions are refused as MongoDB refuses those it does not know.
    fileprivate func zone(_ place: Int) throws(CommandError) -> Int64 {
        let name = try string(place, else: 40517)
        if name == "UTC" || name == "GMT" { return 0 }
        guard let offset = try DateText.offset(name) else {
            throw CommandError(code: 40485, "unrecognized time zone: \(name)")
        }
        return offset
    }
}

extension BSONValue {
    /// Milliseconds since 1970 of a date, or of what has one in it: an ObjectId or a timestamp.
    var moment: Int64? {
        switch self {
        case .date(let milliseconds): milliseconds
        case .objectID(let id): Int64(id.timestamp) * 1000
        case .timestamp(let stamp): Int64(stamp.seconds) * 1000
        default: nil
        }
    }
}
