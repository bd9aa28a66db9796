import BSON

/// One update of one document on its way.
struct UpdateApplication {
    let arrayFilters: [String: Matcher]
    let matchedPosition: Int?
    var site: UpdateSite
    var changed = false

    /// How many elements are made up at most between the end of an array and one that is set.
    private static let maximumBackfill = 1_500_000

    /// - Parameter value: nil when missing; may become nil.
    mutating func apply(
        _ tree: UpdateTree, to value: inout BSONValue?, isElement: Bool = false
    ) throws(CommandError) {
        if let modifier = tree.modifier { return try apply(modifier, to: &value, isElement) }
        if tree.isForElements { return try applyToElements(tree.children, of: &value) }
        for (name, child) in try ordered(tree.children) { try apply(child, to: name, of: &value) }
    }

    private mutating func apply(
        _ modifier: Modifier, to value: inout BSONValue?, _ isElement: Bool
    ) throws(CommandError) {
        if modifier.onInsertOnly, !site.isInsert { return }
        if value == nil, !modifier.creates { return }
        let new: BSONValue?
        switch try modifier.change(value, site) {
        case .none: return
        case .set(let value): new = value
        case .remove:
            if isElement, value == .null { return }
            new = isElement ? .null : nil
        }
        try checkImmutable(new)
        value = new
        changed = true
    }

    /// `_id` cannot change once a document is stored; an upsert may still set it.
    private func checkImmutable(_ new: BSONValue?) throws(CommandError) {
        guard site.path.first == "_id", let id = site.documentID else { return }
        if site.path.count == 1, let new, MongoOrder.equal(new, id) { return }
        throw StorageRules.immutableID(site.dotted)
    }

    /// MongoDB applies in the order of names, numbers by value.
    private func ordered(
        _ children: [String: UpdateTree]
    ) throws(CommandError) -> [(key: String, value: UpdateTree)] {
        var children = children
        if let positional = children.removeValue(forKey: "$") {
            guard let matchedPosition else {
                throw .badValue("The positional operator did not find the match needed from the query.")
            }
            var tree = UpdateTree(children: children)
            try tree.merge(UpdateTree(children: [String(matchedPosition): positional]), at: site.path)
            children = tree.children
        }
        guard children.count > 1 else { return Array(children) }
        return children.sorted { left, right in
            if let first = FieldPath.index(of: left.key), let second = FieldPath.index(of: right.key) {
                return first < second
            }
            return MongoOrder.compare(left.key, right.key) < 0
        }
    }

    private mutating func apply(
        _ tree: UpdateTree, to name: String, of value: inout BSONValue?
    ) throws(CommandError) {
        site.path.append(name)
        defer { site.path.removeLast() }
        switch value {
        case nil:
            var child: BSONValue?
            try apply(tree, to: &child)
            value = child.map { .document([name: $0]) }
        case .document(var document)?:
            // Documents and arrays are edited in place only while nobody else holds them.
            value = nil
            var child: BSONValue?
            if let index = document.index(of: name) { take(&document.elements[index].value, into: &child) }
            try apply(tree, to: &child)
            document[name] = child
            value = .document(document)
        case .array(var elements)?:
            guard let index = FieldPath.index(of: name) else { return try refuse(tree, at: name, in: .array(elements)) }
            value = nil
            var child: BSONValue?
            if index < elements.count { take(&elements[index], into: &child) }
            try apply(tree, to: &child, isElement: true)
            if let child {
                try require(
                    index - elements.count <= Self.maximumBackfill, .cannotBackfillArray,
                    "can't backfill more than \(Self.maximumBackfill) elements")
                while elements.count <= index { elements.append(.null) }
                elements[index] = child
            }
            value = .array(elements)
        case let scalar?: try refuse(tree, at: name, in: scalar)
        }
    }

    /// Moves a value out of its place, so that nobody else holds it.
    private func take(_ place: inout BSONValue, into child: inout BSONValue?) {
        child = place
        place = .null
    }

    /// A path goes on, at `name`, in a value that has no fields (or in an array by a name that is no index).
    private func refuse(_ tree: UpdateTree, at name: String, in value: BSONValue) throws(CommandError) {
        if tree.isForElements { throw missing }
        for (_, child) in try ordered(tree.children) { try refuse(child, at: name, in: value) }
        guard let modifier = tree.modifier, modifier.refusesUnviablePaths else { return }
        if modifier.onInsertOnly, !site.isInsert { return }
        throw CommandError(
            .pathNotViable,
            modifier.creates
                ? "Cannot create field '\(name)' in element {\(site.path.dropLast().last ?? ""): \(value)}"
                : "Cannot use the part (\(name)) of (\(site.dotted)) to traverse the element (\(value))")
    }

    private var missing: CommandError {
        .badValue("The path '\(site.dotted)' must exist in the document in order to apply array updates.")
    }

    private mutating func applyToElements(
        _ children: [String: UpdateTree], of value: inout BSONValue?
    ) throws(CommandError) {
        guard let current = value else { throw missing }
        guard case .array(var elements) = current else {
            throw .badValue("Cannot apply array updates to non-array element \(site.name): \(current)")
        }
        value = nil
        for index in elements.indices {
            site.path.append(String(index))
            if let tree = try tree(for: elements[index], among: children) {
                var child: BSONValue? = elements[index]
                elements[index] = .null
                try apply(tree, to: &child, isElement: true)
                elements[index] = child ?? .null
            }
            site.path.removeLast()
        }
        value = .array(elements)
    }

    private func tree(
        for element: BSONValue, among children: [String: UpdateTree]
    ) throws(CommandError) -> UpdateTree? {
        var result: UpdateTree?
        for (name, tree) in children.sorted(by: { $0.key < $1.key }) {
            if !name.isEmpty {
                guard let filter = arrayFilters[name], try filter.matches([name: element]) else { continue }
            }
            if result == nil { result = tree } else { try result?.merge(tree, at: site.path) }
        }
        return result
    }
}
