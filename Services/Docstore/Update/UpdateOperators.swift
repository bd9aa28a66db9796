import BSON

/// Every update operator that docstore knows, in a table from its name to what makes a modifier of it.
enum UpdateOperators {
    typealias Operator = @Sendable (UpdateClause) throws -> Modifier

    static let all: [String: Operator] = [
        "$set": { .set($0.argument) },
        "$setOnInsert": { .set($0.argument, onInsertOnly: true) },
        "$unset": { _ in .unset },
        "$inc": arithmetic(+) { $0 },
        "$mul": arithmetic(*) { .int32(0) * $0 },
        "$min": choice { $0 < 0 },
        "$max": choice { $0 > 0 },
        "$bit": bits,
        "$currentDate": currentDate,
        "$rename": rename,
        "$push": push,
        "$addToSet": addToSet,
        "$pull": pull,
        "$pullAll": pullAll,
        "$pop": pop,
    ]
}

struct UpdateClause: Sendable {
    let name: String
    let path: String
    let argument: BSONValue
}

extension UpdateOperators {
    /// `$inc` and `$mul`: integers past their range are refused.
    private static func arithmetic(
        _ combine: @escaping @Sendable (Number, Number) -> Number, ofMissing: @escaping @Sendable (Number) -> Number
    ) -> Operator {
        { clause in
            let (name, argument) = (clause.name, clause.argument)
            let operand = try argument.number.orThrow(.typeMismatch("Cannot \(name) by no number: \(argument)"))
            return Modifier { current, site in
                guard let current else { return .set(ofMissing(operand).value) }
                let number = try current.number.orThrow(.typeMismatch("Cannot \(name) no number. \(site.has(current))"))
                let result = combine(number, operand)
                let isExact = result.isInteger || !number.isInteger || !operand.isInteger
                try require(isExact, .badValue, "\(name) by \(argument) goes past the range of \(current)")
                return result.value == current ? .none : .set(result.value)
            }
        }
    }

    private static func choice(_ wins: @escaping @Sendable (Int) -> Bool) -> Operator {
        { clause in
            Modifier { current, _ in
                guard let current else { return .set(clause.argument) }
                return wins(MongoOrder.compare(clause.argument, current)) ? .set(clause.argument) : .none
            }
        }
    }

    private static func bits(_ clause: UpdateClause) throws -> Modifier {
        let mistake = CommandError.badValue("$bit takes {and/or/xor: integer}, not \(clause.argument)")
        var steps: [(combine: @Sendable (Int64, Int64) -> Int64, mask: Number)] = []
        for (operation, value) in clause.argument.documentValue?.elements ?? [] {
            guard let combine = bitOperations[operation], let mask = value.number, mask.isInteger else { throw mistake }
            steps.append((combine, mask))
        }
        if steps.isEmpty { throw mistake }
        return Modifier { [steps] current, site in
            let value = current ?? .int32(0)
            var number = value.number ?? .double(0)
            try require(number.isInteger, .badValue, "Cannot apply $bit to a non-integral type. \(site.has(value))")
            for (combine, mask) in steps {
                let bits = combine(number.clampedInt64, mask.clampedInt64)
                if case (.int32, .int32) = (number, mask) { number = .narrow(bits) } else { number = .int64(bits) }
            }
            return number.value == current ? .none : .set(number.value)
        }
    }

    private static let bitOperations: [String: @Sendable (Int64, Int64) -> Int64] = [
        "and": { $0 & $1 }, "or": { $0 | $1 }, "xor": { $0 ^ $1 },
    ]

    private static func currentDate(_ clause: UpdateClause) throws -> Modifier {
        switch clause.argument {
        case .bool, ["$type": "date"]: return Modifier { _, site in .set(.date(site.now)) }
        case ["$type": "timestamp"]: return Modifier { _, site in .set(.timestamp(at: site.now)) }
        default:
            throw CommandError.badValue("$currentDate takes true or {$type: 'timestamp/date'}, not \(clause.argument)")
        }
    }

    /// Checks the argument; the value is moved by ``Updater``, which sees the whole document.
    private static func rename(_ clause: UpdateClause) throws -> Modifier {
        let (source, target) = (clause.path + ".", (clause.argument.stringValue ?? clause.path) + ".")
        let isApart = !source.hasPrefix(target) && !target.hasPrefix(source) && !(source + target).contains("$")
        try require(isApart, .badValue, "$rename takes the name of another field, and no '$': \(clause.argument)")
        return .unset
    }
}
