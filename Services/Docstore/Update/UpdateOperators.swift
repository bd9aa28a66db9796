import BSON

/// Every update operator that docstore knows, in a table from its name to what makes a modifier of it.
enum UpdateOperators {
    typealias Operator = @Sendable (UpdateClause) throws(CommandError) -> Modifier

    static let all: [String: Operator] = [
        "$set": { .set($0.argument) },
        "$setOnInsert": { .set($0.argument, onInsertOnly: true) },
        "$unset": { _ in .unset },
        "$inc": arithmetic("increment", Number.add) { $0 },
        "$mul": arithmetic("multiply", Number.multiply) { Number.multiply(.int32(0), $0, overflow: .refuse) ?? $0 },
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

/// One operator with its argument for one path, as the table's parsers see it.
struct UpdateClause: Sendable {
    let name: String
    let path: String
    let argument: BSONValue
    let variables: Variables
}

extension UpdateOperators {
    /// `$inc` and `$mul`.
    private static func arithmetic(
        _ verb: String, _ combine: @escaping @Sendable (Number, Number, OverflowRule) -> Number?,
        ofMissing: @escaping @Sendable (Number) -> Number
    ) -> Operator {
        { (clause) throws(CommandError) in
            guard let operand = Number(clause.argument) else {
                throw .typeMismatch("Cannot \(verb) with non-numeric argument: {\(clause.path): \(clause.argument)}")
            }
            return Modifier { (current, site) throws(CommandError) in
                guard let current else { return .set(ofMissing(operand).value) }
                guard let number = Number(current) else {
                    throw .typeMismatch(
                        "Cannot apply \(clause.name) to a value of non-numeric type. \(site.has(current))")
                }
                guard let result = combine(number, operand, .refuse)?.value else {
                    throw .badValue(
                        "Failed to apply \(clause.name) to the current value (\(current)) for \(site.document)")
                }
                return result == current ? .none : .set(result)
            }
        }
    }

    /// `$min` and `$max`, in the order of all BSON values.
    private static func choice(_ wins: @escaping @Sendable (Int) -> Bool) -> Operator {
        { clause in
            Modifier { current, _ in
                guard let current else { return .set(clause.argument) }
                return wins(MongoOrder.compare(clause.argument, current)) ? .set(clause.argument) : .none
            }
        }
    }

    private static func bits(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        guard case .document(let document) = clause.argument, !document.isEmpty else {
            throw .badValue("The format of $bit is {field: {and/or/xor: #}}, not \(clause.argument)")
        }
        var steps: [(combine: @Sendable (Int64, Int64) -> Int64, mask: Number)] = []
        for (operation, value) in document.elements {
            guard let combine = bitOperations[operation] else {
                throw .badValue("The $bit modifier only supports 'and', 'or', and 'xor', not '\(operation)'")
            }
            guard let mask = Number(value), mask.isInteger else {
                throw .badValue("The $bit modifier field must be an Integer(32/64 bit), not a '\(value.typeName)'")
            }
            steps.append((combine, mask))
        }
        return Modifier { [steps] (current, site) throws(CommandError) in
            guard var number = Number(current ?? .int32(0)), number.isInteger else {
                throw .badValue("Cannot apply $bit to a value of non-integral type. \(site.has(current ?? .null))")
            }
            for (combine, mask) in steps {
                let bits = combine(number.clampedInt64, mask.clampedInt64)
                if case (.int32, .int32) = (number, mask) {
                    number = .int32(Int32(truncatingIfNeeded: bits))
                } else {
                    number = .int64(bits)
                }
            }
            return number.value == current ? .none : .set(number.value)
        }
    }

    private static let bitOperations: [String: @Sendable (Int64, Int64) -> Int64] = [
        "and": { $0 & $1 }, "or": { $0 | $1 }, "xor": { $0 ^ $1 },
    ]

    private static func currentDate(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        var kind = BSONValue.string("date")
        switch clause.argument {
        case .bool: break
        case .document(let options):
            if let other = options.keys.first(where: { $0 != "$type" }) {
                throw .badValue("Unrecognized $currentDate option: \(other)")
            }
            kind = options["$type"] ?? .null
        default:
            throw .badValue("$currentDate takes true or {$type: 'timestamp/date'}, not \(clause.argument)")
        }
        switch kind {
        case .string("date"): return Modifier { _, site in .set(.date(site.now)) }
        case .string("timestamp"):
            return Modifier { _, site in
                .set(.timestamp(BSONTimestamp(seconds: UInt32(clamping: site.now / 1000), increment: 1)))
            }
        default:
            throw .badValue("The '$type' of $currentDate is required to be 'date' or 'timestamp'")
        }
    }

    /// Checks the argument; the value is moved by ``Updater``, which sees the whole document.
    private static func rename(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        guard case .string(let target) = clause.argument, target != clause.path, !(target + clause.path).contains("$")
        else {
            throw .badValue("$rename takes the name of another field, and no '$': \(clause.path): \(clause.argument)")
        }
        return Modifier(creates: false, refusesUnviablePaths: false) { _, _ in .none }
    }
}
