import BSON

/// `$push`, with `$each`, `$position`, `$sort` and `$slice`.
enum PushOperator: UpdateOperator {
    static let names = ["$push"]

    struct Push: Modifier {
        var values: [BSONValue]
        var position: Int64?
        var slice: Int64?
        var order: ElementOrder?

        func change(of current: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change {
            var elements: [BSONValue] = []
            if let current {
                guard case .array(let existing) = current else {
                    throw CommandError(
                        .badValue,
                        "The field '\(site.dotted)' must be an array but is of type \(current.typeName) in document "
                            + site.document)
                }
                elements = existing
            }
            var changed = current == nil || !values.isEmpty
            elements.insert(contentsOf: values, at: insertionIndex(elements.count))
            if let order {
                elements = order.sorted(elements)
                changed = true
            }
            if let slice, elements.count > Int(clamping: slice.magnitude) {
                let kept = Int(clamping: slice.magnitude)
                elements = slice < 0 ? Array(elements.suffix(kept)) : Array(elements.prefix(kept))
                changed = true
            }
            return changed ? .set(.array(elements)) : .none
        }

        private func insertionIndex(_ count: Int) -> Int {
            guard let position else { return count }
            return position >= 0
                ? Int(clamping: min(position, Int64(count))) : Int(max(0, Int64(count) + max(position, -Int64(count))))
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier {
        guard case .document(let clauses) = argument, let each = clauses["$each"] else {
            return Push(values: [argument])
        }
        guard case .array(let values) = each else {
            throw CommandError(
                .badValue, "The argument to $each in $push must be an array but it was of type: \(each.typeName)")
        }
        var push = Push(values: values)
        for (clause, value) in clauses.elements {
            switch clause {
            case "$each": break
            case "$position": push.position = try integer(value, "$position")
            case "$slice": push.slice = try integer(value, "$slice")
            case "$sort": push.order = try ElementOrder(value)
            default: throw CommandError(.badValue, "Unrecognized clause in $push: \(clause)")
            }
        }
        return push
    }

    private static func integer(_ value: BSONValue, _ clause: String) throws(CommandError) -> Int64 {
        guard let integer = Number(value)?.exactInt64 else {
            throw CommandError(
                .badValue, "The value for \(clause) must be an integer value but was given type: \(value.typeName)")
        }
        return integer
    }
}

/// The `$sort` of `$push`: whole elements, or their fields.
struct ElementOrder: Sendable {
    private var parts: [(path: [String], ascending: Bool)] = []
    private var whole: Bool?

    init(_ value: BSONValue) throws(CommandError) {
        switch value {
        case .document(let pattern):
            guard !pattern.isEmpty else {
                throw CommandError(.badValue, "The $sort pattern is empty when it should be a set of fields.")
            }
            for (key, direction) in pattern.elements {
                let names = FieldPath(key).parts
                guard !key.isEmpty, !names.contains("") else {
                    throw CommandError(.badValue, "The $sort field is a dotted field but has an empty part: \(key)")
                }
                guard let ascending = Self.direction(direction) else {
                    throw CommandError(.badValue, "The $sort element value must be either 1 or -1")
                }
                parts.append((names, ascending))
            }
        default:
            guard let ascending = Self.direction(value) else {
                throw CommandError(
                    .badValue,
                    "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields")
            }
            whole = ascending
        }
    }

    private static func direction(_ value: BSONValue) -> Bool? {
        guard let direction = Number(value)?.exactInt64, direction == 1 || direction == -1 else { return nil }
        return direction == 1
    }

    /// Equal elements keep their order.
    func sorted(_ elements: [BSONValue]) -> [BSONValue] {
        let keyed = elements.enumerated().map { (offset: $0.offset, element: $0.element, keys: keys(of: $0.element)) }
        return keyed.sorted { left, right in
            let order = compare(left.keys, right.keys)
            return order != 0 ? order < 0 : left.offset < right.offset
        }.map(\.element)
    }

    private func keys(of element: BSONValue) -> [BSONValue] {
        if whole != nil { return [element] }
        return parts.map { part in
            guard case .document = element else { return .null }
            return part.path.reduce(into: Optional(element)) { value, name in
                value = value?.asDocument?[name]
            } ?? .null
        }
    }

    private func compare(_ left: [BSONValue], _ right: [BSONValue]) -> Int {
        if let whole {
            let order = MongoOrder.compare(left[0], right[0])
            return whole ? order : -order
        }
        for (index, part) in parts.enumerated() {
            let order = MongoOrder.compare(left[index], right[index])
            if order != 0 { return part.ascending ? order : -order }
        }
        return 0
    }
}
