package import BSON

/// An update, parsed once and applied to many documents: operators, a replacement, or a pipeline.
package struct Updater: Sendable {
    private enum Form: Sendable {
        case operators(UpdateTree, renames: [(from: [String], to: [String])])
        case replacement(BSONDocument)
        case pipeline([any DocumentStage])
    }

    private let form: Form
    private let arrayFilters: [String: Matcher]
    private let variables: Variables
    /// Whether the query has to say which array element matched.
    package let needsPosition: Bool

    /// - Parameter update: a document, or an array that is a pipeline.
    package init(
        update: BSONValue, arrayFilters: [BSONDocument] = [], variables: Variables = Variables()
    ) throws(CommandError) {
        self.variables = variables
        self.arrayFilters = try ArrayFilters.parse(arrayFilters)
        switch update {
        case .array(let stages):
            guard arrayFilters.isEmpty else {
                throw CommandError(.failedToParse, "arrayFilters may not be specified for pipeline-syle updates")
            }
            form = .pipeline(try UpdatePipeline.parse(stages, variables: variables))
            needsPosition = false
        case .document(let document) where document.first?.key.hasPrefix("$") == true:
            let parsed = try UpdateParser(variables: variables, filters: Set(self.arrayFilters.keys)).parse(document)
            form = .operators(parsed.tree, renames: parsed.renames)
            needsPosition = parsed.isPositional
        case .document(let document):
            guard arrayFilters.isEmpty else {
                throw CommandError(.failedToParse, "arrayFilters may not be specified for replacement-style updates")
            }
            try Self.check(replacement: document)
            form = .replacement(document)
            needsPosition = false
        default:
            throw CommandError(.failedToParse, "Update argument must be either an object or an array")
        }
    }

    package var isReplacement: Bool { if case .replacement = form { true } else { false } }

    private static func check(replacement document: BSONDocument) throws(CommandError) {
        for (key, value) in document.elements {
            if key.hasPrefix("$") {
                throw CommandError(
                    .dollarPrefixedFieldName,
                    "The dollar ($) prefixed field '\(key)' in '\(key)' is not valid for storage.")
            }
            if key == "_id" { try StorageRules.checkID(value) }
        }
    }

    /// - Parameter matchedPosition: the array element that the query matched, for `$`.
    /// - Parameter isInsert: whether the document is made by an upsert.
    /// - Returns: nil when the update changes nothing.
    package func apply(
        to document: BSONDocument, matchedPosition: Int? = nil, isInsert: Bool = false
    ) throws(CommandError) -> BSONDocument? {
        switch form {
        case .operators(let tree, let renames):
            return try apply(tree, renames, to: document, matchedPosition, isInsert)
        case .replacement(let replacement):
            return try replace(document, by: replacement)
        case .pipeline(let stages):
            var result = document
            for stage in stages { result = try stage.transform(result, variables) }
            return try replace(document, by: result)
        }
    }

    private func replace(_ document: BSONDocument, by replacement: BSONDocument) throws(CommandError) -> BSONDocument? {
        if document == replacement { return nil }
        guard let id = document["_id"] else { return replacement }
        guard let newID = replacement["_id"] else {
            var result: BSONDocument = ["_id": id]
            result.elements += replacement.elements
            return result
        }
        guard newID == id || MongoOrder.equal(newID, id) else {
            throw CommandError(
                .immutableField,
                "After applying the update, the (immutable) field '_id' was found to have been altered to _id: \(newID)"
            )
        }
        return replacement
    }

    private func apply(
        _ tree: UpdateTree, _ renames: [(from: [String], to: [String])], to document: BSONDocument,
        _ position: Int?, _ isInsert: Bool
    ) throws(CommandError) -> BSONDocument? {
        var tree = tree
        var moved: [[String]] = []
        for (from, to) in renames {
            guard let value = try Rename.source(from, to, in: document) else { continue }
            try tree.insert(SetOperator.Assign(value: value, onInsertOnly: false), at: to)
            moved.append(from)
        }
        let site = UpdateSite(path: [], documentID: document["_id"], isInsert: isInsert, now: variables.now)
        var application = UpdateApplication(arrayFilters: arrayFilters, matchedPosition: position, site: site)
        var value: BSONValue? = .document(document)
        try application.apply(tree, to: &value)
        guard case .document(var result)? = value else { return nil }
        for path in moved {
            guard path != ["_id"] else {
                throw CommandError(
                    .immutableField,
                    "Performing an update on the path '_id' would modify the immutable field '_id'")
            }
            result.remove(path[...])
        }
        if application.changed, let id = result["_id"] { try StorageRules.checkID(id) }
        return application.changed || !moved.isEmpty ? result : nil
    }

    /// The document that an upsert inserts: what the query's equalities say, then the update; `_id` comes first and is
    /// made up when neither names one.
    package func documentForUpsert(query: Matcher) throws(CommandError) -> BSONDocument {
        let seed: BSONDocument
        if case .replacement = form {
            seed = try UpsertSeed.identifier(of: query)
        } else {
            seed = try UpsertSeed.document(of: query)
        }
        var result = try apply(to: seed, isInsert: true) ?? seed
        let id = result["_id"] ?? .objectID(ObjectID())
        try StorageRules.checkID(id)
        if result.first?.key != "_id" {
            result["_id"] = nil
            result.elements.insert((key: "_id", value: id), at: 0)
        }
        return result
    }
}

extension BSONDocument {
    /// Takes a field away, by path through documents.
    fileprivate mutating func remove(_ path: ArraySlice<String>) {
        guard let name = path.first, let index = index(of: name) else { return }
        if path.count == 1 {
            elements.remove(at: index)
        } else if case .document(var inner) = elements[index].value {
            inner.remove(path.dropFirst())
            elements[index].value = .document(inner)
        }
    }
}
