import BSON

/// `$addToSet`, with `$each`.
enum AddToSetOperator: UpdateOperator {
    static let names = ["$addToSet"]

    struct Add: Modifier {
        var values: [BSONValue]

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            var elements: [BSONValue] = []
            if let current {
                guard case .array(let existing) = current else {
                    throw CommandError(
                        .badValue,
                        "Cannot apply $addToSet to non-array field. Field named '\(site.name)' has non-array type "
                            + current.typeName)
                }
                elements = existing
            }
            let before = elements.count
            for value in values where !elements.contains(where: { MongoOrder.equal($0, value) }) {
                elements.append(value)
            }
            return current != nil && elements.count == before ? .none : .set(.array(elements))
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard case .document(let clauses) = argument, clauses.first?.key == "$each", let each = clauses["$each"] else {
            return Add(values: [argument])
        }
        guard case .array(let values) = each else {
            throw CommandError(
                .typeMismatch,
                "The argument to $each in $addToSet must be an array but it was of type \(each.typeName)")
        }
        guard clauses.count == 1 else {
            throw CommandError(.badValue, "Found unexpected fields after $each in $addToSet: \(argument)")
        }
        return Add(values: values)
    }
}

/// `$pull`: removes the elements that match a condition or equal a value.
enum PullOperator: UpdateOperator {
    static let names = ["$pull"]

    enum Selection: Sendable {
        /// A query that elements which are documents fulfil.
        case documents(Matcher)
        /// Operators on the elements themselves: asked as a query on the field "".
        case values(Matcher)
        case equal(BSONValue)
    }

    struct Pull: Modifier {
        var selection: Selection
        var creates: Bool { false }

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            try removing(from: current) { (element) throws(CommandError) in
                switch selection {
                case .documents(let matcher):
                    guard case .document(let document) = element else { return false }
                    return try matcher.matches(document)
                case .values(let matcher): return try matcher.matches(["": element])
                case .equal(let value): return MongoOrder.equal(element, value)
                }
            }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        var query = QueryContext(variables: context.variables)
        query.allowsText = false
        query.allowsExpressions = false
        switch argument {
        case .document(let document):
            if let first = document.first?.key, QueryOperators.field[first] != nil {
                return Pull(selection: .values(try Matcher(filter: ["": argument], context: query)))
            }
            return Pull(selection: .documents(try Matcher(filter: document, context: query)))
        case .regex: return Pull(selection: .values(try Matcher(filter: ["": argument], context: query)))
        default: return Pull(selection: .equal(argument))
        }
    }
}

/// `$pullAll`: removes the elements that equal one of the values.
enum PullAllOperator: UpdateOperator {
    static let names = ["$pullAll"]

    struct PullAll: Modifier {
        var values: [BSONValue]
        var creates: Bool { false }

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            try removing(from: current) { element in values.contains { MongoOrder.equal($0, element) } }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard case .array(let values) = argument else {
            throw CommandError(
                .badValue, "$pullAll requires an array argument but was given a \(argument.typeName)")
        }
        return PullAll(values: values)
    }
}

private func removing(
    from current: BSONValue?, _ isChosen: (BSONValue) throws(CommandError) -> Bool
) throws(CommandError) -> Change {
    guard let current else { return .none }
    guard case .array(let elements) = current else {
        throw CommandError(.badValue, "Cannot apply $pull to a non-array value")
    }
    var kept: [BSONValue] = []
    for element in elements where try !isChosen(element) { kept.append(element) }
    return kept.count == elements.count ? .none : .set(.array(kept))
}

/// `$pop`: removes the first or the last element.
enum PopOperator: UpdateOperator {
    static let names = ["$pop"]

    struct Pop: Modifier {
        var takesFirst: Bool
        var creates: Bool { false }

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            guard let current else { return .none }
            guard case .array(let elements) = current else {
                throw CommandError(
                    .typeMismatch,
                    "Path '\(site.dotted)' contains an element of non-array type '\(current.typeName)'")
            }
            guard !elements.isEmpty else { return .none }
            return .set(.array(takesFirst ? Array(elements.dropFirst()) : Array(elements.dropLast())))
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard let number = Number(argument) else {
            throw CommandError(.failedToParse, "Expected a number in: \(path): \(argument)")
        }
        guard let end = number.exactInt64, end == 1 || end == -1 else {
            throw CommandError(.failedToParse, "$pop expects 1 or -1, found: \(argument)")
        }
        return Pop(takesFirst: end == -1)
    }
}
