package import BSON

/// What of each document a command shows.
package struct Projection: Sendable {
    struct Slice {
        let path: [String]
        /// Negative numbers count from the end.
        let skip: Int?
        let limit: Int
    }

    private let tree: ProjectionTree
    private let isInclusion: Bool
    private let slices: [Slice]
    private let textScores: [[String]]
    private let positional: [String]?
    private let variables: Variables

    /// The projection of `find` and of `findAndModify`'s `fields`.
    package init(_ document: BSONDocument, variables: Variables = Variables()) throws(CommandError) {
        try self.init(document, place: .find, variables: variables)
    }

    init(_ document: BSONDocument, place: ProjectionParser.Place, variables: Variables) throws(CommandError) {
        let parser = try ProjectionParser(document, place: place, expressions: variables.parser)
        tree = try parser.tree()
        isInclusion = parser.isInclusion
        slices = parser.slices
        textScores = parser.textScores
        positional = parser.positional
        self.variables = variables
    }

    /// Whether every document passes unchanged.
    package var isIdentity: Bool { !isInclusion && tree.isEmpty && slices.isEmpty && textScores.isEmpty }

    /// Whether the query has to say which array element matched.
    package var needsPosition: Bool { positional != nil }

    /// - Parameter position: the array element that the query matched.
    package func apply(
        _ document: BSONDocument, position: Int? = nil, textScore: Double? = nil
    ) throws(CommandError) -> BSONDocument {
        var result = isInclusion || !tree.isEmpty ? tree.select(document, including: isInclusion) : document
        if tree.computes { try tree.computing(&result, variables.binding(root: document)) }
        for slice in slices { result.slice(slice.path[...], slice) }
        if let positional { try result.keepElement(position, at: positional[...], of: document) }
        for path in textScores { result[path.joined(separator: ".")] = .double(textScore ?? 0) }
        return result
    }
}

extension BSONDocument {
    fileprivate mutating func slice(_ path: ArraySlice<String>, _ slice: Projection.Slice) {
        guard let name = path.first, let index = index(of: name) else { return }
        elements[index].value = elements[index].value.sliced(path.dropFirst(), slice)
    }

    /// Of the outermost array on the path only the element that matched stays.
    ///
    /// - Parameter source: the document before the projection.
    fileprivate mutating func keepElement(
        _ position: Int?, at path: ArraySlice<String>, of source: BSONDocument
    ) throws(CommandError) {
        guard let name = path.first else { return }
        switch (source[name], self[name]) {
        case (.document(let inner)?, .document(var kept)?):
            try kept.keepElement(position, at: path.dropFirst(), of: inner)
            self[name] = .document(kept)
        case (.array(let elements)?, let kept):
            guard let position, position < elements.count else {
                throw CommandError(
                    code: 51246, "positional operator '.$' couldn't find a matching element in the array")
            }
            if case .array(let kept)? = kept, position < kept.count { self[name] = .array([kept[position]]) }
        default: break
        }
    }
}

extension BSONValue {
    fileprivate func sliced(_ path: ArraySlice<String>, _ slice: Projection.Slice) -> BSONValue {
        switch self {
        case .document(var document) where !path.isEmpty:
            document.slice(path, slice)
            return .document(document)
        case .array(let elements) where path.isEmpty:
            return .array(elements.sliced(skip: slice.skip, limit: slice.limit))
        case .array(let elements): return .array(elements.map { $0.sliced(path, slice) })
        default: return self
        }
    }
}
