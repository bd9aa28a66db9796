package import BSON

/// What of each document a command shows.
package struct Projection: Sendable {
    private enum Step: Sendable {
        case slice(path: [String], skip: Int?, limit: Int)
        case positional(path: [String])
    }

    private var tree = ProjectionTree()
    private var isInclusion: Bool
    private var keepsID = true
    private var steps: [Step] = []
    private var textScorePaths: [[String]] = []
    private var variables: Variables

    /// The projection of `find` and of `findAndModify`'s `fields`.
    package init(_ document: BSONDocument, variables: Variables = Variables()) throws(CommandError) {
        try self.init(document, place: .find, variables: variables)
    }

    init(_ document: BSONDocument, place: ProjectionSpec.Place, variables: Variables) throws(CommandError) {
        let spec = try ProjectionSpec(document, place: place, scope: ExpressionScope(variables: variables.names))
        self.variables = variables
        isInclusion = spec.isInclusion
        for (path, wish) in spec.wishes { try add(wish, path) }
    }

    private mutating func add(_ wish: ProjectionSpec.Wish, _ path: [String]) throws(CommandError) {
        switch wish {
        case .include where path == ["_id"]: keepsID = true
        case .exclude where path == ["_id"]: keepsID = false
        case .include, .exclude: try tree.insert(path)
        case .compute(let expression):
            try tree.insert(path, expression)
            if path[0] == "_id" { keepsID = false }
        case .elemMatch(let matcher): try tree.insert(path, FirstMatchingElement(field: path[0], matcher: matcher))
        case .slice(let skip, let limit):
            if isInclusion { try tree.insert(path) }
            steps.append(.slice(path: path, skip: skip, limit: limit))
        case .positional:
            try tree.insert(path)
            steps.append(.positional(path: path))
        case .textScore: textScorePaths.append(path)
        }
    }

    /// Whether every document passes unchanged.
    package var isIdentity: Bool {
        !isInclusion && keepsID && tree.isEmpty && steps.isEmpty && textScorePaths.isEmpty
    }

    /// Whether the query has to say which array element matched.
    package var needsPosition: Bool { steps.contains { if case .positional = $0 { true } else { false } } }

    /// - Parameter position: the array element that the query matched.
    package func apply(
        _ document: BSONDocument, position: Int? = nil, textScore: Double? = nil
    ) throws(CommandError) -> BSONDocument {
        var result = isInclusion ? included(document) : excluded(document)
        if tree.computes { try tree.computing(&result, variables.binding(root: document)) }
        for step in steps {
            switch step {
            case .slice(let path, let skip, let limit): result.slice(path[...], skip: skip, limit: limit)
            case .positional(let path): try result.keepElement(position, at: path, of: document)
            }
        }
        for path in textScorePaths { result[path.joined(separator: ".")] = .double(textScore ?? 0) }
        return result
    }

    private func included(_ document: BSONDocument) -> BSONDocument {
        var result = tree.including(document)
        if keepsID, let id = document["_id"] {
            if let first = document.first, first.key == "_id" {
                result.elements.insert(first, at: 0)
            } else {
                let before = document.elements.prefix { $0.key != "_id" }.map(\.key)
                let index = result.elements.firstIndex { !before.contains($0.key) } ?? result.count
                result.elements.insert((key: "_id", value: id), at: index)
            }
        }
        return result
    }

    private func excluded(_ document: BSONDocument) -> BSONDocument {
        var result = tree.isEmpty ? document : tree.excluding(document)
        if !keepsID { result["_id"] = nil }
        return result
    }
}

/// `$elemMatch` in a projection: the first element that matches, as an array of one.
private struct FirstMatchingElement: Expression {
    var field: String
    var matcher: Matcher

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        guard case .array(let elements)? = variables.root[field],
            let index = try matcher.match([field: .array(elements)]).position
        else { return nil }
        return .array([elements[index]])
    }
}

extension BSONDocument {
    fileprivate mutating func slice(_ path: ArraySlice<String>, skip: Int?, limit: Int) {
        guard let name = path.first, let index = index(of: name) else { return }
        elements[index].value = elements[index].value.sliced(path.dropFirst(), skip: skip, limit: limit)
    }

    /// Of the outermost array on the path only the element that matched stays.
    fileprivate mutating func keepElement(
        _ position: Int?, at path: [String], of source: BSONDocument
    ) throws(CommandError) {
        var value: BSONValue? = .document(source)
        for depth in path.indices {
            guard case .document(let document)? = value else { return }
            value = document[path[depth]]
            guard case .array(let elements)? = value else { continue }
            guard let position, position < elements.count else {
                throw CommandError(
                    code: 51246, "positional operator '.$' couldn't find a matching element in the array")
            }
            replaceArray(at: path[...depth], keeping: position)
            return
        }
    }

    private mutating func replaceArray(at path: ArraySlice<String>, keeping position: Int) {
        guard let name = path.first, let index = index(of: name) else { return }
        switch elements[index].value {
        case .array(let values) where path.count == 1 && position < values.count:
            elements[index].value = .array([values[position]])
        case .document(var inner) where path.count > 1:
            inner.replaceArray(at: path.dropFirst(), keeping: position)
            elements[index].value = .document(inner)
        default: break
        }
    }
}

extension BSONValue {
    fileprivate func sliced(_ path: ArraySlice<String>, skip: Int?, limit: Int) -> BSONValue {
        switch self {
        case .document(var document):
            guard !path.isEmpty else { return self }
            document.slice(path, skip: skip, limit: limit)
            return .document(document)
        case .array(let elements):
            guard path.isEmpty else {
                return .array(elements.map { $0.sliced(path, skip: skip, limit: limit) })
            }
            return .array(Array(elements[Self.range(of: elements.count, skip: skip, limit: limit)]))
        default: return self
        }
    }

    /// Negative: from the end.
    static func range(of count: Int, skip: Int?, limit: Int) -> Range<Int> {
        guard let skip else {
            return limit >= 0 ? 0..<Swift.min(limit, count) : Swift.max(0, count + Swift.max(limit, -count))..<count
        }
        let start = skip >= 0 ? Swift.min(skip, count) : Swift.max(0, count + Swift.max(skip, -count))
        return start..<(start + Swift.min(Swift.max(0, limit), count - start))
    }
}
