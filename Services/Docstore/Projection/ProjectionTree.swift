import BSON

/// The paths of a projection as a tree.
struct ProjectionTree: Sendable {
    /// Fields that are kept (or dropped) as a whole.
    private(set) var leaves: Set<String> = []
    private(set) var children: [String: ProjectionTree] = [:]
    private(set) var computed: [String: any Expression] = [:]
    /// Names with something computed in or below them, in the order they were written.
    private var computedOrder: [String] = []

    var isEmpty: Bool { leaves.isEmpty && children.isEmpty && computed.isEmpty }
    var computes: Bool { !computedOrder.isEmpty }

    mutating func insert(_ path: [String], _ expression: (any Expression)? = nil) throws(CommandError) {
        try insert(path[...], expression, whole: path)
    }

    private mutating func insert(
        _ path: ArraySlice<String>, _ expression: (any Expression)?, whole: [String]
    ) throws(CommandError) {
        guard let name = path.first else { return }
        let rest = path.dropFirst()
        guard !leaves.contains(name), computed[name] == nil else {
            throw rest.isEmpty
                ? CommandError(code: 31250, "Path collision at \(whole.joined(separator: "."))")
                : CommandError(
                    code: 31249,
                    "Path collision at \(whole.joined(separator: ".")) remaining portion \(rest.joined(separator: "."))"
                )
        }
        if expression != nil, !computedOrder.contains(name) { computedOrder.append(name) }
        if !rest.isEmpty {
            try children[name, default: ProjectionTree()].insert(rest, expression, whole: whole)
            return
        }
        guard children[name] == nil else {
            throw CommandError(code: 31250, "Path collision at \(whole.joined(separator: "."))")
        }
        if let expression { computed[name] = expression } else { leaves.insert(name) }
    }

    // Inclusion

    func including(_ document: BSONDocument) -> BSONDocument {
        var result = BSONDocument()
        for (key, value) in document.elements {
            if leaves.contains(key) {
                result.append(key, value)
            } else if let child = children[key], let kept = child.including(value) {
                result.append(key, kept)
            }
        }
        return result
    }

    private func including(_ value: BSONValue) -> BSONValue? {
        switch value {
        case .document(let document): .document(including(document))
        case .array(let elements): .array(elements.compactMap(including))
        default: nil
        }
    }

    // Exclusion

    func excluding(_ document: BSONDocument) -> BSONDocument {
        var result = BSONDocument()
        result.reserveCapacity(document.count)
        for (key, value) in document.elements where !leaves.contains(key) {
            result.append(key, children[key]?.excluding(value) ?? value)
        }
        return result
    }

    private func excluding(_ value: BSONValue) -> BSONValue {
        switch value {
        case .document(let document): .document(excluding(document))
        case .array(let elements): .array(elements.map(excluding))
        default: value
        }
    }

    // Computed fields

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
        switch value {
        case .document(var document)?:
            try computing(&document, variables)
            return .document(document)
        case .array(let elements)?:
            var results: [BSONValue] = []
            for element in elements { results.append(try computing(element, variables)) }
            return .array(results)
        default:
            // What is there has no fields: it gives way to a document of what is computed.
            var document = BSONDocument()
            try computing(&document, variables)
            return .document(document)
        }
    }
}
