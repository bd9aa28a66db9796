import BSON

/// One update of one document on its way.
struct UpdateApplication {
    let arrayFilters: [String: Matcher]
    let matchedPosition: Int?
    var site: UpdateSite
    private(set) var changed = false

    init(arrayFilters: [String: Matcher], matchedPosition: Int?, site: UpdateSite) {
        self.arrayFilters = arrayFilters
        self.matchedPosition = matchedPosition
        self.site = site
    }

    /// - Parameter value: nil when missing; may become nil.
    mutating func apply(
        _ tree: UpdateTree, to value: inout BSONValue?, isElement: Bool = false
    ) throws(CommandError) {
        switch tree {
        case .modifier(let modifier): try apply(modifier, to: &value, isElement)
        case .fields(let children):
            for (name, child) in try ordered(children) { try apply(child, to: name, of: &value) }
        case .elements(let children): try applyToElements(children, of: &value)
        }
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
            var tree = UpdateTree.fields(children)
            try tree.merge(.fields([String(matchedPosition): positional]), at: site.path)
            if case .fields(let merged) = tree { children = merged }
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
            let index = document.index(of: name)
            var child: BSONValue?
            if let index { take(&document.elements[index].value, into: &child) }
            try apply(tree, to: &child)
            switch (index, child) {
            case (let index?, let child?): document.elements[index].value = child
            case (let index?, nil): document.elements.remove(at: index)
            case (nil, _): document.append(name, ifPresent: child)
            }
            value = .document(document)
        case .array(var elements)?:
            guard let index = FieldPath.index(of: name) else { return try refuse(tree, at: name, in: .array(elements)) }
            value = nil
            var child: BSONValue?
            if index < elements.count { take(&elements[index], into: &child) }
            try apply(tree, to: &child, isElement: true)
            if let child {
                guard index - elements.count <= 1_500_000 else {
                    throw CommandError(.cannotBackfillArray, "can't backfill more than 1500000 elements")
                }
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
        switch tree {
        case .elements: throw missing(site.dotted)
        case .fields(let children):
            for (_, child) in try ordered(children) { try refuse(child, at: name, in: value) }
        case .modifier(let modifier):
            if modifier.onInsertOnly && !site.isInsert || !modifier.refusesUnviablePaths { return }
            throw CommandError(
                .pathNotViable,
                modifier.creates
                    ? "Cannot create field '\(name)' in element {\(site.path.dropLast().last ?? ""): \(value)}"
                    : "Cannot use the part (\(name)) of (\(site.dotted)) to traverse the element (\(value))")
        }
    }

    private func missing(_ path: String) -> CommandError {
        CommandError(.badValue, "The path '\(path)' must exist in the document in order to apply array updates.")
    }

    private mutating func applyToElements(
        _ children: [String: UpdateTree], of value: inout BSONValue?
    ) throws(CommandError) {
        guard let current = value else { throw missing(site.dotted) }
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
