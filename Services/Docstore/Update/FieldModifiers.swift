import BSON

/// `$set` and `$setOnInsert`.
enum SetOperator: UpdateOperator {
    static let names = ["$set", "$setOnInsert"]

    struct Assign: Modifier {
        var value: BSONValue
        var onInsertOnly: Bool

        func change(of current: BSONValue?, at site: UpdateSite) -> Change {
            current == value ? .none : .set(value)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        return Assign(value: argument, onInsertOnly: name == "$setOnInsert")
    }
}

/// `$unset`. An element of an array becomes null, for the others keep their places.
enum UnsetOperator: UpdateOperator {
    static let names = ["$unset"]

    struct Remove: Modifier {
        var creates: Bool { false }
        var refusesUnviablePaths: Bool { false }

        func change(of current: BSONValue?, at site: UpdateSite) -> Change {
            guard let current else { return .none }
            guard site.isElement else { return .remove }
            return current == .null ? .none : .set(.null)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) -> any Modifier { Remove() }
}

/// `$inc` and `$mul`.
enum ArithmeticOperator: UpdateOperator {
    static let names = ["$inc", "$mul"]

    struct Compute: Modifier {
        var name: String
        var operand: Number

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            guard let current else {
                guard name == "$mul" else { return .set(operand.value) }
                return .set(Number.multiply(.int32(0), operand, overflow: .refuse)?.value ?? .int32(0))
            }
            guard let number = Number(current) else {
                throw CommandError(
                    .typeMismatch,
                    "Cannot apply \(name) to a value of non-numeric type. \(site.document) has the field "
                        + "'\(site.name)' of non-numeric type \(current.typeName)")
            }
            let result =
                name == "$inc"
                ? Number.add(number, operand, overflow: .refuse)
                : Number.multiply(number, operand, overflow: .refuse)
            guard let result else {
                throw CommandError(
                    .badValue,
                    "Failed to apply \(name) operations to current value (\(current)) for document \(site.document)")
            }
            return result.value == current ? .none : .set(result.value)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard let operand = Number(argument) else {
            let verb = name == "$inc" ? "increment" : "multiply"
            throw CommandError(.typeMismatch, "Cannot \(verb) with non-numeric argument: {\(path): \(argument)}")
        }
        return Compute(name: name, operand: operand)
    }
}

/// `$min` and `$max`, in the order of all BSON values.
enum MinMaxOperator: UpdateOperator {
    static let names = ["$min", "$max"]

    struct Choose: Modifier {
        var value: BSONValue
        var wantsLess: Bool

        func change(of current: BSONValue?, at site: UpdateSite) -> Change {
            guard let current else { return .set(value) }
            let order = MongoOrder.compare(value, current)
            return (wantsLess ? order < 0 : order > 0) ? .set(value) : .none
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        return Choose(value: argument, wantsLess: name == "$min")
    }
}

/// `$bit`.
enum BitOperator: UpdateOperator {
    static let names = ["$bit"]

    struct Operate: Modifier {
        /// Applied one after the other.
        var steps: [(name: String, mask: Number)]

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            var number = Number.int32(0)
            if let current {
                guard let integer = Number(current), integer.isInteger else {
                    throw CommandError(
                        .badValue,
                        "Cannot apply $bit to a value of non-integral type._id: "
                            + "\(site.documentID.map { "\($0)" } ?? "") has the field \(site.name) of non-integer type "
                            + current.typeName)
                }
                number = integer
            }
            for (name, mask) in steps {
                let left = number.clampedInt64
                let right = mask.clampedInt64
                let bits = name == "and" ? left & right : name == "or" ? left | right : left ^ right
                if case (.int32, .int32) = (number, mask) {
                    number = .int32(Int32(truncatingIfNeeded: bits))
                } else {
                    number = .int64(bits)
                }
            }
            return number.value == current ? .none : .set(number.value)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard case .document(let document) = argument else {
            throw CommandError(
                .badValue,
                "The $bit modifier is not compatible with a \(argument.typeName). You must pass in an embedded "
                    + "document: {$bit: {field: {and/or/xor: #}}")
        }
        var steps: [(name: String, mask: Number)] = []
        for (operation, value) in document.elements {
            guard ["and", "or", "xor"].contains(operation) else {
                throw CommandError(
                    .badValue,
                    "The $bit modifier only supports 'and', 'or', and 'xor', not '\(operation)' which is an unknown "
                        + "operator: {\(operation): \(value)}")
            }
            guard let mask = Number(value), mask.isInteger else {
                throw CommandError(
                    .badValue,
                    "The $bit modifier field must be an Integer(32/64 bit); a '\(value.typeName)' is not supported "
                        + "here: {\(operation): \(value)}")
            }
            steps.append((operation, mask))
        }
        guard !steps.isEmpty else {
            throw CommandError(
                .badValue,
                "You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}")
        }
        return Operate(steps: steps)
    }
}

/// `$currentDate`.
enum CurrentDateOperator: UpdateOperator {
    static let names = ["$currentDate"]

    struct Stamp: Modifier {
        var asTimestamp: Bool

        func change(of current: BSONValue?, at site: UpdateSite) -> Change {
            guard asTimestamp else { return .set(.date(site.now)) }
            return .set(.timestamp(BSONTimestamp(seconds: UInt32(clamping: site.now / 1000), increment: 1)))
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        switch argument {
        case .bool: return Stamp(asTimestamp: false)
        case .document(let document):
            for (key, value) in document.elements {
                guard key == "$type" else {
                    throw CommandError(.badValue, "Unrecognized $currentDate option: \(key)")
                }
                if value == .string("date") { return Stamp(asTimestamp: false) }
                if value == .string("timestamp") { return Stamp(asTimestamp: true) }
            }
            throw CommandError(
                .badValue,
                "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : "
                    + "{$type: 'date'}}}")
        default:
            throw CommandError(
                .badValue,
                "\(argument.typeName) is not valid type for $currentDate. Please use a boolean ('true') or a $type "
                    + "expression ({$type: 'timestamp/date'}).")
        }
    }
}

/// `$rename`: the value is read before the update is applied, and put at the new path; the old one goes last.
enum RenameOperator: UpdateOperator {
    static let names = ["$rename"]

    struct Placeholder: Modifier {
        func change(of value: BSONValue?, at site: UpdateSite) -> Change { .none }
        var creates: Bool { false }
        var refusesUnviablePaths: Bool { false }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard case .string(let target) = argument else {
            throw CommandError(.badValue, "The 'to' field for $rename must be a string: \(path): \(argument)")
        }
        guard target != path else {
            throw CommandError(
                .badValue, "The source and target field for $rename must differ: \(path): \"\(target)\"")
        }
        guard !path.contains("$") else {
            throw CommandError(.badValue, "The source field for $rename may not be dynamic: \(path)")
        }
        guard !target.contains("$") else {
            throw CommandError(.badValue, "The destination field for $rename may not be dynamic: \(target)")
        }
        return Placeholder()
    }
}
