import BSON

extension UpdateOperators {
    /// `$push`, with `$each`, `$position`, `$sort` and `$slice`.
    static func push(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        var values = [clause.argument]
        var position: Int64?
        var slice: Int64?
        var order: ElementOrder?
        if case .document(let clauses) = clause.argument, let each = clauses["$each"] {
            values = try list(each, of: clause, .badValue)
            for (name, value) in clauses.elements {
                switch name {
                case "$each": break
                case "$position": position = try integer(value, name)
                case "$slice": slice = try integer(value, name)
                case "$sort": order = try ElementOrder(value)
                default: throw .badValue("Unrecognized clause in $push: \(name)")
                }
            }
        }
        return .array(creates: true) { [values, position, slice, order] elements in
            elements.insert(contentsOf: values, at: place(position, in: elements.count))
            if let order { elements = order.sorted(elements) }
            let kept = slice.map { Int(clamping: $0.magnitude) } ?? .max
            if elements.count > kept {
                elements = Array(slice ?? 0 < 0 ? elements.suffix(kept) : elements.prefix(kept))
            } else if values.isEmpty, order == nil {
                return false
            }
            return true
        }
    }

    /// The values of `$each`.
    private static func list(
        _ each: BSONValue, of clause: UpdateClause, _ code: ErrorCode
    ) throws(CommandError) -> [BSONValue] {
        if case .array(let values) = each { return values }
        throw CommandError(
            code, "The argument to $each in \(clause.name) must be an array but it was of type \(each.typeName)")
    }

    private static func integer(_ value: BSONValue, _ name: String) throws(CommandError) -> Int64 {
        guard let integer = Number(value)?.exactInt64 else {
            throw .badValue("The value for \(name) must be an integer value but was given type: \(value.typeName)")
        }
        return integer
    }

    /// Where `$position` is in an array: from its end when negative.
    private static func place(_ position: Int64?, in count: Int) -> Int {
        guard let position else { return count }
        return position >= 0 ? Int(min(position, Int64(count))) : max(0, count + Int(max(position, -Int64(count))))
    }

    /// `$addToSet`, with `$each`.
    static func addToSet(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        var values = [clause.argument]
        if case .document(let clauses) = clause.argument, let first = clauses.first, first.key == "$each" {
            values = try list(first.value, of: clause, .typeMismatch)
            guard clauses.count == 1 else {
                throw .badValue("Found unexpected fields after $each in $addToSet: \(clause.argument)")
            }
        }
        return .array(creates: true) { [values] elements in
            let before = elements.count
            for value in values where !elements.contains(where: { MongoOrder.equal($0, value) }) {
                elements.append(value)
            }
            return elements.count != before
        }
    }

    /// `$pull`: removes the elements that match a condition or equal a value.
    static func pull(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        let argument = clause.argument
        let context = QueryContext(variables: clause.variables).ofElements()
        switch argument {
        case .document(let query) where query.first.map({ QueryOperators.field[$0.key] == nil }) ?? true:
            let matcher = try Matcher(filter: query, context: context)
            return removal { (element) throws(CommandError) in
                guard case .document(let document) = element else { return false }
                return try matcher.matches(document)
            }
        case .document, .regex:
            // Operators on the elements themselves: asked as a query on the field "".
            let matcher = try Matcher(filter: ["": argument], context: context)
            return removal { (element) throws(CommandError) in try matcher.matches(["": element]) }
        default: return removal { MongoOrder.equal($0, argument) }
        }
    }

    /// `$pullAll`: removes the elements that equal one of the values.
    static func pullAll(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        guard case .array(let values) = clause.argument else {
            throw .badValue("$pullAll requires an array argument but was given a \(clause.argument.typeName)")
        }
        return removal { element in values.contains { MongoOrder.equal($0, element) } }
    }

    private static func removal(
        _ isChosen: @escaping @Sendable (BSONValue) throws(CommandError) -> Bool
    ) -> Modifier {
        .array(creates: false) { (elements) throws(CommandError) in
            var kept: [BSONValue] = []
            for element in elements where try !isChosen(element) { kept.append(element) }
            defer { elements = kept }
            return kept.count != elements.count
        }
    }

    /// `$pop`: removes the first or the last element.
    static func pop(_ clause: UpdateClause) throws(CommandError) -> Modifier {
        guard let number = Number(clause.argument) else {
            throw .failedToParse("Expected a number in: \(clause.path): \(clause.argument)")
        }
        guard let end = number.exactInt64, end == 1 || end == -1 else {
            throw .failedToParse("$pop expects 1 or -1, found: \(clause.argument)")
        }
        return .array(creates: false, refusal: .typeMismatch) { elements in
            guard !elements.isEmpty else { return false }
            if end == 1 { elements.removeLast() } else { elements.removeFirst() }
            return true
        }
    }
}

/// The `$sort` of `$push`: whole elements, or their fields.
private struct ElementOrder: Sendable {
    /// An empty path is the whole element.
    private var parts: [(path: [String], sign: Int)] = []

    init(_ value: BSONValue) throws(CommandError) {
        guard case .document(let pattern) = value else {
            parts = [([], try Self.sign(value))]
            return
        }
        guard !pattern.isEmpty else { throw .badValue("The $sort pattern is empty when it should be a set of fields.") }
        for (key, direction) in pattern.elements {
            let names = FieldPath(key).parts
            guard !names.contains("") else {
                throw .badValue("The $sort field is a dotted field but has an empty part: \(key)")
            }
            parts.append((names, try Self.sign(direction)))
        }
    }

    private static func sign(_ value: BSONValue) throws(CommandError) -> Int {
        if let sign = Number(value)?.exactInt64, sign == 1 || sign == -1 { return Int(sign) }
        throw .badValue("$sort in $push needs 1 or -1 for whole elements, or {field: 1 or -1}")
    }

    /// Equal elements keep their order.
    func sorted(_ elements: [BSONValue]) -> [BSONValue] {
        let keyed = elements.enumerated().map { (offset: $0.offset, element: $0.element, keys: keys(of: $0.element)) }
        return keyed.sorted { left, right in
            for (index, part) in parts.enumerated() {
                let order = MongoOrder.compare(left.keys[index], right.keys[index]) * part.sign
                if order != 0 { return order < 0 }
            }
            return left.offset < right.offset
        }.map(\.element)
    }

    private func keys(of element: BSONValue) -> [BSONValue] {
        parts.map { part in
            if part.path.isEmpty { return element }
            guard case .document = element else { return .null }
            return part.path.reduce(Optional(element)) { value, name in value?.asDocument?[name] } ?? .null
        }
    }
}
