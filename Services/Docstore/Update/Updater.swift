package import BSON

/// An update, parsed once and applied to many documents: operators, a replacement, or a pipeline.
package struct Updater: Sendable {
    private enum Form: Sendable {
        case operators(UpdateParser)
        case replacement(BSONDocument)
        case pipeline([any DocumentStage])
    }

    private let form: Form
    private let arrayFilters: [String: Matcher]
    private let variables: Variables

    /// - Parameter update: a document, or an array that is a pipeline.
    package init(
        update: BSONValue, arrayFilters: [BSONDocument] = [], variables: Variables = Variables()
    ) throws(CommandError) {
        self.variables = variables
        self.arrayFilters = try ArrayFilters.parse(arrayFilters)
        switch update {
        case .array(let stages):
            form = .pipeline(try UpdatePipeline.parse(stages, variables: variables))
        case .document(let document) where document.first?.key.hasPrefix("$") == true:
            form = .operators(
                try UpdateParser(document, variables: variables, filters: Set(self.arrayFilters.keys)))
        case .document(let document):
            try Self.check(replacement: document)
            form = .replacement(document)
        default:
            throw .failedToParse("Update argument must be either an object or an array")
        }
        if case .operators = form { return }
        guard arrayFilters.isEmpty else {
            throw .failedToParse("arrayFilters may be specified for updates with operators only")
        }
    }

    /// Whether the query has to say which array element matched.
    package var needsPosition: Bool { if case .operators(let parsed) = form { parsed.isPositional } else { false } }

    package var isReplacement: Bool { if case .replacement = form { true } else { false } }

    private static func check(replacement document: BSONDocument) throws(CommandError) {
        for (key, value) in document.elements {
            if key.hasPrefix("$") { throw StorageRules.dollarPrefixed(key, in: key) }
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
        case .operators(let parsed): return try apply(parsed, to: document, matchedPosition, isInsert)
        case .replacement(let replacement): return try replace(document, by: replacement)
        case .pipeline(let stages):
            var result = document
            for stage in stages { result = try stage.transform(result) }
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
        _ parsed: UpdateParser, to document: BSONDocument, _ position: Int?, _ isInsert: Bool
    ) throws(CommandError) -> BSONDocument? {
        var tree = parsed.tree
        for rename in parsed.renames {
            guard let value = try rename.value(in: document) else { continue }
            tree.replace(at: rename.target[...], by: .set(value))
            tree.replace(at: rename.source[...], by: .unset)
        }
        let site = UpdateSite(documentID: document["_id"], isInsert: isInsert, now: variables.now)
        var application = UpdateApplication(arrayFilters: arrayFilters, matchedPosition: position, site: site)
        var value: BSONValue? = .document(document)
        try application.apply(tree, to: &value)
        guard application.changed, case .document(let result)? = value else { return nil }
        if let id = result["_id"] { try StorageRules.checkID(id) }
        return result
    }

    /// The document that an upsert inserts: what the query's equalities say, then the update; `_id` comes first and is
    /// made up when neither names one.
    package func documentForUpsert(query: Matcher) throws(CommandError) -> BSONDocument {
        let seed = try UpsertSeed.document(of: query, onlyID: isReplacement)
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
