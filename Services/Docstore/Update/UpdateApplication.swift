import BSON

/// One update of one document on its way.
struct UpdateApplication {
    var arrayFilters: [String: Matcher]
    var matchedPosition: Int?
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
        case .modifier(let modifier):
            if modifier.onInsertOnly, !site.isInsert { return }
            if value == nil, !modifier.creates { return }
            site.isElement = isElement
            try apply(try modifier.change(of: value, at: site), to: &value)
        case .fields(let children):
            try apply(children, to: &value)
        case .elements(let children):
            try applyToElements(children, of: &value)
        }
    }

    private mutating func apply(_ change: Change, to value: inout BSONValue?) throws(CommandError) {
        switch change {
        case .none: return
        case .set(let new):
            try checkImmutable(new)
            value = new
        case .remove:
            try checkImmutable(nil)
            value = nil
        }
        changed = true
    }

    /// `_id` cannot change once a document is stored; an upsert may still set it.
    private func checkImmutable(_ new: BSONValue?) throws(CommandError) {
        guard site.path.first == "_id", let id = site.documentID else { return }
        if site.path.count == 1, let new, MongoOrder.equal(new, id) { return }
        throw CommandError(
            .immutableField,
            "Performing an update on the path '\(site.dotted)' would modify the immutable field '_id'")
    }

    /// MongoDB applies in the order of names, numbers by value.
    private func ordered(
        _ children: [String: UpdateTree]
    ) throws(CommandError) -> [(name: String, tree: UpdateTree)] {
        var children = children
        if let positional = children.removeValue(forKey: "$") {
            guard let matchedPosition else {
                throw CommandError(
                    .badValue, "The positional operator did not find the match needed from the query.")
            }
            let name = String(matchedPosition)
            if let existing = children[name] {
                children[name] = try existing.merged(with: positional, at: site.path + [name])
            } else {
                children[name] = positional
            }
        }
        guard children.count > 1 else { return children.map { (name: $0.key, tree: $0.value) } }
        return children.map { (name: $0.key, tree: $0.value) }.sorted { left, right in
            if let first = FieldPath.index(of: left.name), let second = FieldPath.index(of: right.name) {
                return first < second
            }
            return MongoOrder.compare(left.name, right.name) < 0
        }
    }

    private mutating func apply(_ children: [String: UpdateTree], to value: inout BSONValue?) throws(CommandError) {
        let children = try ordered(children)
        switch value {
        case nil:
            var document = BSONDocument()
            try apply(children, to: &document)
            if !document.isEmpty { value = .document(document) }
        case .document(var document)?:
            value = nil  // The document is edited in place only while nobody else holds it.
            try apply(children, to: &document)
            value = .document(document)
        case .array(var elements)?:
            value = nil
            try apply(children, to: &elements)
            value = .array(elements)
        case let scalar?:
            for (name, tree) in children { try refuse(tree, below: name, in: scalar) }
        }
    }

    private mutating func apply(
        _ children: [(name: String, tree: UpdateTree)], to document: inout BSONDocument
    ) throws(CommandError) {
        for (name, tree) in children {
            site.path.append(name)
            let index = document.index(of: name)
            var child: BSONValue?
            if let index {
                child = document.elements[index].value
                document.elements[index].value = .null
            }
            try apply(tree, to: &child)
            switch (index, child) {
            case (let index?, let child?): document.elements[index].value = child
            case (let index?, nil): document.elements.remove(at: index)
            case (nil, let child?): document.append(name, child)
            case (nil, nil): break
            }
            site.path.removeLast()
        }
    }

    private mutating func apply(
        _ children: [(name: String, tree: UpdateTree)], to elements: inout [BSONValue]
    ) throws(CommandError) {
        for (name, tree) in children {
            guard let index = FieldPath.index(of: name) else {
                try refuse(tree, below: name, in: .array(elements))
                continue
            }
            site.path.append(name)
            var child: BSONValue? = index < elements.count ? elements[index] : .none
            try apply(tree, to: &child, isElement: true)
            if let child {
                guard index - elements.count <= 1_500_000 else {
                    throw CommandError(code: 82, "can't backfill more than 1500000 elements")
                }
                while elements.count <= index { elements.append(.null) }
                elements[index] = child
            }
            site.path.removeLast()
        }
    }

    /// A path goes on below a value that has no fields (or into an array by a name that is no index).
    private func refuse(_ tree: UpdateTree, below name: String, in value: BSONValue) throws(CommandError) {
        switch tree {
        case .elements:
            let path = (site.path + [name]).joined(separator: ".")
            throw CommandError(
                .badValue, "The path '\(path)' must exist in the document in order to apply array updates.")
        case .fields(let children):
            for (_, child) in try ordered(children) { try refuse(child, below: name, in: value) }
        case .modifier(let modifier):
            if modifier.onInsertOnly, !site.isInsert { return }
            guard modifier.refusesUnviablePaths else { return }
            let element = "{\(site.name): \(value)}"
            throw CommandError(
                .pathNotViable,
                modifier.creates
                    ? "Cannot create field '\(name)' in element \(element)"
                    : "Cannot use the part (\(name)) of (\(site.dotted).\(name)) to traverse the element (\(element))")
        }
    }

    private mutating func applyToElements(
        _ children: [String: UpdateTree], of value: inout BSONValue?
    ) throws(CommandError) {
        guard let current = value else {
            throw CommandError(
                .badValue, "The path '\(site.dotted)' must exist in the document in order to apply array updates.")
        }
        guard case .array(var elements) = current else {
            throw CommandError(
                .badValue, "Cannot apply array updates to non-array element \(site.name): \(current)")
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
            result = try result?.merged(with: tree, at: site.path) ?? tree
        }
        return result
    }
}
