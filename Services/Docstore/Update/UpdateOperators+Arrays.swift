import BSON

extension UpdateOperators {
    static func push(_ clause: UpdateClause) throws -> Modifier {
        var values = [clause.argument]
        var position: Int?
        var slice: Int?
        var order: ElementOrder?
        if case .document(let clauses) = clause.argument, let each = clauses["$each"] {
            values = try each.arrayValue.orThrow(.badValue("The argument to $each in $push must be an array: \(each)"))
            for (name, value) in clauses.elements where name != "$each" {
                let integer = (value.number?.exactInt64).map { Int($0) }
                try require(name == "$sort" || integer != nil, .badValue, "no integer in the clause \(name): \(value)")
                switch name {
                case "$position": position = integer
                case "$slice": slice = integer
                case "$sort": order = try ElementOrder(value)
                default: throw CommandError.badValue("Unrecognized clause in $push: \(name)")
                }
            }
        }
        return .array(creates: true) { [values, position, slice, order] elements in
            let count = elements.count
            elements.insert(contentsOf: values, at: position.map { elements.place($0) } ?? count)
            if let order { elements = order.sorted(elements) }
            if let slice { elements = elements.sliced(skip: nil, limit: slice) }
            return !values.isEmpty || order != nil || elements.count != count
        }
    }

    static func addToSet(_ clause: UpdateClause) throws -> Modifier {
        var values = [clause.argument]
        if case .document(let clauses) = clause.argument, let first = clauses.first, first.key == "$each" {
            values = try first.value.arrayValue.orThrow(.typeMismatch("$each takes an array: \(clause.argument)"))
            try require(clauses.count == 1, .badValue, "unexpected fields after $each: \(clause.argument)")
        }
        return .array(creates: true) { [values] elements in
            let before = elements.count
            for value in values where !elements.contains(where: { MongoOrder.equal($0, value) }) {
                elements.append(value)
            }
            return elements.count != before
        }
    }

    static func pull(_ clause: UpdateClause) throws -> Modifier {
        let argument = clause.argument
        if let query = argument.documentValue, query.first.map({ QueryOperators.field[$0.key] == nil }) ?? true {
            let matcher = try Matcher(filter: query, parser: .ofElements)
            return removal { try $0.documentValue.map(matcher.matches) ?? false }
        }
        guard argument.documentValue != nil || argument.type == .regex else {
            return removal { MongoOrder.equal($0, argument) }
        }
        // Operators on the elements themselves: asked as a query on the field "".
        let matcher = try Matcher(filter: ["": argument], parser: .ofElements)
        return removal { try matcher.matches(["": $0]) }
    }

    static func pullAll(_ clause: UpdateClause) throws -> Modifier {
        let values = try clause.argument.arrayValue.orThrow(.badValue("$pullAll requires an array argument"))
        return removal { element in values.contains { MongoOrder.equal($0, element) } }
    }

    private static func removal(_ isChosen: @escaping @Sendable (BSONValue) throws -> Bool) -> Modifier {
        .array(creates: false) { elements in
            let before = elements.count
            try elements.removeAll(where: isChosen)
            return elements.count != before
        }
    }

    static func pop(_ clause: UpdateClause) throws -> Modifier {
        let end = Number(clause.argument)?.exactInt64
        try require(end == 1 || end == -1, .failedToParse, "$pop expects 1 or -1, found: \(clause.argument)")
        return .array(creates: false, refusal: .typeMismatch) { elements in
            if elements.isEmpty { return false }
            elements.remove(at: end == 1 ? elements.count - 1 : 0)
            return true
        }
    }
}

/// The `$sort` of `$push`: whole elements, or their fields.
private struct ElementOrder: Sendable {
    /// An empty path is the whole element.
    private var parts: [SortPattern.Part] = []

    init(_ value: BSONValue) throws {
        let pattern = value.documentValue
        try require(pattern?.isEmpty != true, .badValue, "The $sort pattern is empty, not a set of fields.")
        for (key, direction) in (pattern ?? ["": value]).elements {
            let path = FieldPath(parts: pattern == nil ? [] : FieldPath.split(key))
            let sign = direction.number?.exactInt64
            let isKnown = (sign == 1 || sign == -1) && !path.parts.contains("")
            try require(isKnown, .badValue, "$sort in $push takes 1 or -1, or {field: 1 or -1}, not \(value)")
            parts.append(SortPattern.Part(path: path, ascending: sign == 1, isTextScore: false))
        }
    }

    func sorted(_ elements: [BSONValue]) -> [BSONValue] {
        let keyed = elements.map { (element: $0, keys: keys(of: $0)) }
        return keyed.sorted { SortPattern.compare($0.keys, $1.keys, parts) < 0 }.map(\.element)  // stable
    }

    private func keys(of element: BSONValue) -> [BSONValue] {
        parts.map { part in
            if part.path.parts.isEmpty { return element }
            guard case .document = element else { return .null }
            return part.path.parts.reduce(Optional(element)) { value, name in value?.asDocument?[name] } ?? .null
        }
    }
}
