import BSON

struct ProjectionTree: Sendable {
    enum Field {
        case whole
        case computed(Expression)
        case sliced(skip: Int?, limit: Int)
        case inside(ProjectionTree)
    }

    private var fields: [String: Field] = [:]
    /// Names with something computed in or below them, in the order they were written.
    private var computedOrder: [String] = []

    var isEmpty: Bool { fields.isEmpty }
    var computes: Bool { !computedOrder.isEmpty }

    func contains(_ name: String) -> Bool { fields[name] != nil }

    mutating func insert(_ path: ArraySlice<String>, _ field: Field) throws {
        guard let name = path.first else { return }
        let rest = path.dropFirst()
        if case .computed = field, !computedOrder.contains(name) { computedOrder.append(name) }
        var child = ProjectionTree()
        switch fields[name] {
        case nil where rest.isEmpty: return fields[name] = field
        case nil: break
        case .inside(let tree)? where !rest.isEmpty: child = tree
        default: throw CommandError(code: rest.isEmpty ? 31250 : 31249, "Path collision at \(Array(path).dotted)")
        }
        try child.insert(rest, field)
        fields[name] = .inside(child)
    }

    /// The fields of the tree, or (not including) all others.
    func select(_ document: BSONDocument, including: Bool) -> BSONDocument {
        var result = BSONDocument()
        if !including { result.reserveCapacity(document.count) }
        for (key, value) in document.elements {
            switch fields[key] {
            case .whole?: if including { result.append(key, value) }
            case .sliced(let skip, let limit)?:
                let kept = value.arrayValue.map { BSONValue.array($0.sliced(skip: skip, limit: limit)) }
                result.append(key, kept ?? value)
            case .inside(let child)?: result.append(key, ifPresent: child.select(value, including: including))
            case .computed?, nil: if !including { result.append(key, value) }
            }
        }
        return result
    }

    private func select(_ value: BSONValue, including: Bool) -> BSONValue? {
        switch value {
        case .document(let document): .document(select(document, including: including))
        case .array(let elements): .array(elements.compactMap { select($0, including: including) })
        default: including ? .none : value
        }
    }

    /// Puts the computed fields into a document; a missing result takes the field away.
    func computing(_ document: inout BSONDocument, _ variables: Variables) throws {
        for name in computedOrder {
            switch fields[name] {
            case .computed(let expression)?: document[name] = try expression.evaluate(variables)
            case .inside(let child)?: document[name] = try child.computing(document[name], variables)
            default: break
            }
        }
    }

    private func computing(_ value: BSONValue?, _ variables: Variables) throws -> BSONValue {
        if case .array(let elements)? = value {
            return .array(try elements.map { try computing($0, variables) })
        }
        // What has no fields gives way to a document of what is computed.
        var document = value?.documentValue ?? [:]
        try computing(&document, variables)
        return .document(document)
    }
}
