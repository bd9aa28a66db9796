import BSON

/// `$year`, `$hour` and the like: one part of a date, as `{$year: date}` or `{$year: {date:, timezone:}}`.
enum DatePartForm: ExpressionForm {
    private static let parts: [String: @Sendable (CivilDate) -> BSONValue] = [
        "$year": { .int32(Int32(clamping: $0.year)) },
        "$month": { .int32(Int32($0.month)) },
        "$dayOfMonth": { .int32(Int32($0.day)) },
        "$hour": { .int32(Int32($0.hour)) },
        "$minute": { .int32(Int32($0.minute)) },
        "$second": { .int32(Int32($0.second)) },
        "$millisecond": { .int32(Int32($0.millisecond)) },
        "$dayOfWeek": { .int32(Int32($0.weekday + 1)) },
        "$dayOfYear": { .int32(Int32($0.dayOfYear)) },
        "$week": { .int32(Int32($0.week)) },
        "$isoWeek": { .int32(Int32($0.isoWeek.week)) },
        "$isoWeekYear": { .int64($0.isoWeek.year) },
        "$isoDayOfWeek": { .int32(Int32($0.isoWeekday)) },
    ]
    static var names: [String] { Array(parts.keys) }

    struct Evaluated: Expression {
        var input: any Expression
        var zone: (any Expression)?
        var part: @Sendable (CivilDate) -> BSONValue

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            guard let date = try DateArgument.localDate(input, zone, variables) else { return .null }
            return part(date)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard let part = parts[name] else { return LiteralExpression(value: .null) }
        if case .document(let document) = argument, document.first?.key.hasPrefix("$") == false {
            let named = try NamedArguments(document, of: name, allowing: ["date", "timezone"], unknown: 40535)
            return Evaluated(
                input: try named.require("date", missing: 40539, parser),
                zone: try named.optional("timezone", parser), part: part)
        }
        if case .array(let elements) = argument {
            guard elements.count == 1 else {
                throw CommandError(
                    code: 40536,
                    "\(name) accepts exactly one argument if given an array, but was given \(elements.count)")
            }
            return Evaluated(input: try parser.parse(elements[0]), part: part)
        }
        return Evaluated(input: try parser.parse(argument), part: part)
    }
}

/// How date operators read their arguments.
enum DateArgument {
    /// A date, or what stands for one: an ObjectId or a timestamp. Nil for null and missing.
    static func milliseconds(_ value: BSONValue?) throws(CommandError) -> Int64? {
        switch value {
        case nil, .null?, .undefined?: return nil
        case .date(let milliseconds)?: return milliseconds
        case .objectID(let id)?: return Int64(id.timestamp) * 1000
        case .timestamp(let stamp)?: return Int64(stamp.seconds) * 1000
        default: throw CommandError(code: 16006, "can't convert from BSON type \(value.typeName) to Date")
        }
    }

    /// Nil when the zone is null or missing; UTC when none was asked for.
    static func zone(_ expression: (any Expression)?, _ variables: Variables) throws(CommandError) -> ZoneOffset? {
        guard let expression else { return .utc }
        let value = try expression.evaluate(variables)
        if value.isNullish { return nil }
        guard case .string(let name)? = value else {
            throw CommandError(
                code: 40517, "timezone must evaluate to a string, found \(value.typeName)")
        }
        return try ZoneOffset(named: name)
    }

    static func localDate(
        _ input: any Expression, _ zone: (any Expression)?, _ variables: Variables
    ) throws(CommandError) -> CivilDate? {
        let value = try input.evaluate(variables)
        if value.isNullish { return nil }
        guard let zone = try Self.zone(zone, variables), let milliseconds = try milliseconds(value) else { return nil }
        return try zone.local(milliseconds)
    }
}

/// `$dateToParts`.
enum DateToPartsForm: ExpressionForm {
    static let names = ["$dateToParts"]

    struct Evaluated: Expression {
        var input: any Expression
        var zone: (any Expression)?
        var iso: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            var asISO = false
            if let iso {
                let flag = try iso.evaluate(variables)
                if flag.isNullish { return .null }
                guard case .bool(let value)? = flag else {
                    throw CommandError(code: 40521, "iso8601 must evaluate to a bool, found \(flag.typeName)")
                }
                asISO = value
            }
            guard let date = try DateArgument.localDate(input, zone, variables) else { return .null }
            var parts: BSONDocument =
                asISO
                ? [
                    "isoWeekYear": .int32(Int32(clamping: date.isoWeek.year)),
                    "isoWeek": .int32(Int32(date.isoWeek.week)), "isoDayOfWeek": .int32(Int32(date.isoWeekday)),
                ]
                : [
                    "year": .int32(Int32(clamping: date.year)), "month": .int32(Int32(date.month)),
                    "day": .int32(Int32(date.day)),
                ]
            parts.append("hour", .int32(Int32(date.hour)))
            parts.append("minute", .int32(Int32(date.minute)))
            parts.append("second", .int32(Int32(date.second)))
            parts.append("millisecond", .int32(Int32(date.millisecond)))
            return .document(parts)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(code: 40524, "$dateToParts only supports an object as its argument")
        }
        let named = try NamedArguments(document, of: name, allowing: ["date", "timezone", "iso8601"], unknown: 40520)
        return Evaluated(
            input: try named.require("date", missing: 40522, parser),
            zone: try named.optional("timezone", parser), iso: try named.optional("iso8601", parser))
    }
}

/// `$dateFromParts`; parts out of their range carry over.
enum DateFromPartsForm: ExpressionForm {
    static let names = ["$dateFromParts"]

    struct Evaluated: Expression {
        var parts: [String: any Expression]
        var zone: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            var values: [String: Int64] = [:]
            for (name, expression) in parts.sorted(by: { $0.key < $1.key }) {
                let value = try expression.evaluate(variables)
                if value.isNullish { return .null }
                guard let number = value.flatMap(Number.init)?.exactInt64 else {
                    throw CommandError(
                        code: 40515, "'\(name)' must evaluate to an integer, found \(value.typeName)")
                }
                let isYear = name == "year" || name == "isoWeekYear"
                guard
                    isYear
                        ? (1...9999).contains(number)
                        : (-32_768...32_767).contains(number) || name == "second" || name == "millisecond"
                else {
                    throw CommandError(
                        code: isYear ? 40523 : 31034,
                        "'\(name)' must evaluate to an integer in its range, found \(number)")
                }
                values[name] = number
            }
            guard let zone = try DateArgument.zone(zone, variables) else { return .null }
            return .date(try zone.instant(ofLocal: Self.milliseconds(values)))
        }

        private static func milliseconds(_ values: [String: Int64]) -> Int64 {
            let days: Int64
            if let weekYear = values["isoWeekYear"] {
                // Week 1 holds January 4th.
                let fourth = CivilDate(year: weekYear, month: 1, day: 4)
                let monday = fourth.dayNumber - Int64(fourth.isoWeekday - 1)
                days = monday + ((values["isoWeek"] ?? 1) - 1) * 7 + (values["isoDayOfWeek"] ?? 1) - 1
            } else {
                days = CivilDate.days(
                    year: values["year"] ?? 1970, month: values["month"] ?? 1, day: values["day"] ?? 1)
            }
            let minutes = (days * 24 + (values["hour"] ?? 0)) * 60 + (values["minute"] ?? 0)
            return (minutes * 60 + (values["second"] ?? 0)) * 1000 + (values["millisecond"] ?? 0)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(code: 40519, "$dateFromParts only supports an object as its argument")
        }
        let iso: Set<String> = ["isoWeekYear", "isoWeek", "isoDayOfWeek"]
        let plain: Set<String> = ["year", "month", "day"]
        let allowed = iso.union(plain).union(["hour", "minute", "second", "millisecond", "timezone"])
        let named = try NamedArguments(document, of: name, allowing: allowed, unknown: 40518)
        let keys = Set(document.keys)
        guard keys.contains("year") || keys.contains("isoWeekYear") else {
            throw CommandError(code: 40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present")
        }
        if keys.contains("year"), !keys.isDisjoint(with: iso) {
            throw CommandError(code: 40489, "$dateFromParts does not allow mixing natural dates with ISO dates")
        }
        if keys.contains("isoWeekYear"), !keys.isDisjoint(with: plain) {
            throw CommandError(code: 40525, "$dateFromParts does not allow mixing ISO dates with natural dates")
        }
        var parts: [String: any Expression] = [:]
        for (key, value) in document.elements where key != "timezone" { parts[key] = try parser.parse(value) }
        return Evaluated(parts: parts, zone: try named.optional("timezone", parser))
    }
}
