package import BSON

/// What of each document a command shows.
package struct Projection: Sendable {
    private let parts: ProjectionParser
    private let variables: Variables

    /// The projection of `find` and of `findAndModify`'s `fields`.
    package init(_ document: BSONDocument, variables: Variables = Variables()) throws(CommandError) {
        try self.init(document, place: .find, variables: variables)
    }

    init(_ document: BSONDocument, place: ProjectionParser.Place, variables: Variables) throws(CommandError) {
        parts = try ProjectionParser(document, place: place, expressions: variables.parser)
        self.variables = variables
    }

    /// Whether the query has to say which array element matched.
    package var needsPosition: Bool { parts.positional != nil }

    /// - Parameter position: the array element that the query matched.
    package func apply(
        _ document: BSONDocument, position: Int? = nil, textScore: Double? = nil
    ) throws(CommandError) -> BSONDocument {
        var result = parts.selects ? parts.tree.select(document, including: parts.isInclusion) : document
        if parts.tree.computes { try parts.tree.computing(&result, variables.binding(root: document)) }
        if let path = parts.positional { try result.keepElement(position, at: path[...], of: document) }
        for path in parts.textScores { result.setNested(path[...], .double(textScore ?? 0)) }
        return result
    }
}

extension BSONDocument {
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
                throw CommandError(code: 51246, "the query found no element for '.$' in \(name)")
            }
            if case .array(let kept)? = kept, position < kept.count { self[name] = .array([kept[position]]) }
        default: break
        }
    }
}
