import BSON

struct UpdateApplication {
    let arrayFilters: [String: Matcher]
    let matchedPosition: Int?
    var site: UpdateSite
    private(set) var changed = false

    /// How many elements are made up at most between the end of an array and one that is set.
    private static let maximumBackfill = 1_500_000

    mutating func apply(_ steps: [UpdateStep], to document: BSONDocument) throws -> BSONDocument {
        var value: BSONValue? = .document(document)
        for step in try resolved(steps, in: document) {
            if let failure = step.failure { throw failure }
            site.path = step.path
            try apply(step.modifier, at: 0, to: &value)
        }
        return value?.documentValue ?? document
    }

    private func resolved(_ steps: [UpdateStep], in document: BSONDocument) throws -> [UpdateStep] {
        if steps.allSatisfy({ $0.rename == nil && !$0.isDynamic }) { return steps }
        var resolved: [UpdateStep] = []
        for var step in steps {
            if let rename = step.rename {
                guard let value = try rename.value(in: document) else { continue }
                step.modifier = step.path == rename.target ? .set(value) : .unset
            }
            do {
                if let place = step.path.firstIndex(of: "$") {
                    let position = try matchedPosition.orThrow(.badValue("The query found no element for '$'."))
                    step.path[place] = String(position)
                }
                for path in try paths(meantBy: step.path[...], in: .document(document)) {
                    resolved.append(UpdateStep(path: path, modifier: step.modifier))
                }
            } catch let error as CommandError {
                step.failure = error
                resolved.append(step)
            }
        }
        return UpdateStep.ordered(resolved)
    }

    /// The paths by numbers that a path with `$[]` and `$[name]` stands for.
    private func paths(meantBy path: ArraySlice<String>, in value: BSONValue) throws -> [[String]] {
        guard let place = path.firstIndex(where: { UpdatePath.identifier(of: $0) != nil }) else { return [Array(path)] }
        let before = Array(path[..<place])
        guard case .array(let elements)? = before.reduce(Optional(value), { $0?.asDocument?[$1] }) else {
            throw CommandError.badValue("The path '\(before.dotted)' must be an array to apply array updates.")
        }
        let name = UpdatePath.identifier(of: path[place]) ?? ""
        var found: [[String]] = []
        for (index, element) in elements.enumerated() {
            if !name.isEmpty, try arrayFilters[name]?.matches([name: element]) == false { continue }
            found += try paths(meantBy: path[(place + 1)...], in: element).map { before + [String(index)] + $0 }
        }
        return found
    }

    /// - Parameter depth: how many parts of the path are behind.
    /// - Parameter value: nil when missing; may become nil.
    private mutating func apply(
        _ modifier: Modifier, at depth: Int, to value: inout BSONValue?, isElement: Bool = false
    ) throws {
        guard depth < site.path.count else { return try change(&value, by: modifier, isElement) }
        let name = site.path[depth]
        switch value {
        case nil:
            var child: BSONValue?
            try apply(modifier, at: depth + 1, to: &child)
            value = child.map { .document([name: $0]) }
        case .document(var document)?:
            // Documents and arrays are edited in place only while nobody else holds them.
            value = nil
            var child: BSONValue?
            if let index = document.index(of: name) { take(&document.elements[index].value, into: &child) }
            try apply(modifier, at: depth + 1, to: &child)
            document[name] = child
            value = .document(document)
        case .array(var elements)? where FieldPath.index(of: name) != nil:
            let index = FieldPath.index(of: name) ?? 0
            value = nil
            var child: BSONValue?
            if index < elements.count { take(&elements[index], into: &child) }
            try apply(modifier, at: depth + 1, to: &child, isElement: true)
            if let child {
                let gap = index - elements.count
                try require(gap <= Self.maximumBackfill, .cannotBackfillArray, "can't backfill \(gap) elements")
                while elements.count <= index { elements.append(.null) }
                elements[index] = child
            }
            value = .array(elements)
        case let dead?:
            if modifier.onInsertOnly && !site.isInsert || !modifier.refusesUnviablePaths { return }
            throw CommandError(.pathNotViable, "Cannot use the part (\(name)) of (\(site.dotted)) to traverse \(dead)")
        }
    }

    /// Moves a value out of its place, so that nobody else holds it.
    private func take(_ place: inout BSONValue, into child: inout BSONValue?) {
        child = place
        place = .null
    }

    private mutating func change(_ value: inout BSONValue?, by modifier: Modifier, _ isElement: Bool) throws {
        if modifier.onInsertOnly, !site.isInsert { return }
        if value == nil, !modifier.creates { return }
        var new = value
        switch try modifier.change(value, site) {
        case .none: return
        case .set(let value): new = value
        case .remove where isElement && value == .null: return
        case .remove: new = isElement ? .some(.null) : nil
        }
        // `_id` cannot change once a document is stored; an upsert may still set it.
        if site.path[0] == "_id", let id = site.documentID {
            let isSame = site.path.count == 1 && new.map { MongoOrder.equal($0, id) } == true
            try require(isSame, .immutableField, "'\(site.dotted)' would modify the immutable field '_id'")
        }
        value = new
        changed = true
    }
}
