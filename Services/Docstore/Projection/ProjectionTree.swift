import BSON

/// The paths of a projection as a tree.
struct ProjectionTree: Sendable {
    /// Fields that are kept (or dropped) as a whole.
    private var leaves: Set<String> = []
    private var children: [String: ProjectionTree] = [:]
    private var computed: [String: Expression] = [:]
    /// Names with something computed in or below them, in the order they were written.
    private var computedOrder: [String] = []

    var isEmpty: Bool { leaves.isEmpty && children.isEmpty && computed.isEmpty }
    var computes: Bool { !computedOrder.isEmpty }

    /// Whether something at or below a field was inserted.
    func contains(_ name: String) -> Bool { leaves.contains(name) || children[name] != nil || computed[name] != nil }

    static func path(_ key: String) throws(CommandError) -> [String] {
        try FieldPath.parts(key, empty: 40352)
    }

    mutating func insert(_ path: [String], _ expression: Expression? = nil) throws(CommandError) {
        try insert(path[...], expression, whole: path)
    }

    private mutating func insert(
        _ path: ArraySlice<String>, _ expression: Expression?, whole: [String]
    ) throws(CommandError) {
        guard let name = path.first else { return }
        let rest = path.dropFirst()
        if rest.isEmpty ? contains(name) : leaves.contains(name) || computed[name] != nil {
            throw CommandError(
                code: rest.isEmpty ? 31250 : 31249, "Path collision at \(whole.joined(separator: ".")), part \(name)")
        }
        if expression != nil, !computedOrder.contains(name) { computedOrder.append(name) }
        if !rest.isEmpty {
            try children[name, default: ProjectionTree()].insert(rest, expression, whole: whole)
        } else if let expression {
            computed[name] = expression
        } else {
            leaves.insert(name)
        }
    }

    /// The fields of the tree, or (not including) all others.
    func select(_ document: BSONDocument, including: Bool) -> BSONDocument {
        var result = BSONDocument()
        if !including { result.reserveCapacity(document.count) }
        for (key, value) in document.elements {
            if leaves.contains(key) {
                if including { result.append(key, value) }
            } else if let child = children[key] {
                result.append(key, ifPresent: child.select(value, including: including))
            } else if !including {
                result.append(key, value)
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
    func computing(_ document: inout BSONDocument, _ variables: Variables) throws(CommandError) {
        for name in computedOrder {
            if let expression = computed[name] {
                document[name] = try expression.evaluate(variables)
            } else if let child = children[name] {
                document[name] = try child.computing(document[name], variables)
            }
        }
    }

    private func computing(_ value: BSONValue?, _ variables: Variables) throws(CommandError) -> BSONValue {
        if case .array(let elements)? = value {
            var results: [BSONValue] = []
            for element in elements { results.append(try computing(element, variables)) }
            return .array(results)
        }
        // What has no fields gives way to a document of what is computed.
        var document = value?.documentValue ?? [:]
        try computing(&document, variables)
        return .document(document)
    }
}
