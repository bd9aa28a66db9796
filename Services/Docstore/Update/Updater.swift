import BSON

/// An update, parsed once and applied to many documents: operators, a replacement, or a pipeline.
struct Updater: Sendable {
    private enum Form: Sendable {
        case operators([UpdateStep])
        case replacement(BSONDocument)
        case pipeline([PipelineStage.Transform])
    }

    private let form: Form
    private let arrayFilters: [String: Matcher]
    private let variables: Variables

    init(update: BSONValue, arrayFilters: [BSONDocument] = [], variables: Variables = Variables()) throws {
        self.variables = variables
        self.arrayFilters = try ArrayFilters.parse(arrayFilters)
        switch update {
        case .document(let document) where document.first?.key.hasPrefix("$") == true:
            form = .operators(try [UpdateStep](document, filters: Set(self.arrayFilters.keys)))
            return
        case .document(let document):
            for key in document.keys where key.hasPrefix("$") { throw StorageRules.dollarPrefixed(key, in: key) }
            if let id = document["_id"] { try StorageRules.checkID(id) }
            form = .replacement(document)
        default: form = .pipeline(try PipelineStages.ofUpdate(try Self.checkForm(update), variables))
        }
        try require(arrayFilters.isEmpty, .failedToParse, "arrayFilters are for updates with operators only")
    }

    /// - Returns: the stages of a pipeline.
    @discardableResult
    static func checkForm(_ update: BSONValue) throws -> [BSONDocument] {
        if case .document = update { return [] }
        let refusal = CommandError.failedToParse("Update argument must be either an object or an array")
        return try PipelineStages.documents(update.arrayValue.orThrow(refusal))
    }

    var isReplacement: Bool { if case .replacement = form { true } else { false } }

    /// - Returns: nil when the update changes nothing.
    func apply(to document: BSONDocument, matchedPosition: Int? = nil, isInsert: Bool = false) throws -> BSONDocument? {
        switch form {
        case .operators(let steps):
            var application = UpdateApplication(
                arrayFilters: arrayFilters, matchedPosition: matchedPosition,
                site: UpdateSite(documentID: document["_id"], isInsert: isInsert, now: variables.now))
            let result = try application.apply(steps, to: document)
            if !application.changed { return nil }
            if let id = result["_id"] { try StorageRules.checkID(id) }
            return result
        case .replacement(let replacement): return try replace(document, by: replacement)
        case .pipeline(let stages):
            var result = document
            for transform in stages { result = try transform(result) }
            return try replace(document, by: result)
        }
    }

    private func replace(_ document: BSONDocument, by replacement: BSONDocument) throws -> BSONDocument? {
        if document == replacement { return nil }
        guard let id = document["_id"] else { return replacement }
        guard let newID = replacement["_id"] else { return ["_id": id] + replacement }
        let isSame = newID == id || MongoOrder.equal(newID, id)
        try require(isSame, .immutableField, "the immutable field '_id' would be altered to \(newID)")
        return replacement
    }

    /// The document that an upsert inserts: what the query's equalities say, then the update; `_id` comes first and is
    /// made up when neither names one.
    func documentForUpsert(query: Matcher) throws -> BSONDocument {
        let seed = try seed(of: query)
        var result = try apply(to: seed, isInsert: true) ?? seed
        let id = result["_id"] ?? .objectID(ObjectID())
        try StorageRules.checkID(id)
        result["_id"] = nil
        return ["_id": id] + result
    }

    /// What the equalities of a query say; of replacements' queries those of `_id` alone.
    private func seed(of query: Matcher) throws -> BSONDocument {
        var equalities: [(path: [String], value: BSONValue)] = []
        for (name, predicate) in query.conjuncts {
            let path = FieldPath.split(name)
            guard case .equal(let value) = predicate, !isReplacement || path[0] == "_id" else { continue }
            let isRivalled = equalities.contains { path.starts(with: $0.path) || $0.path.starts(with: path) }
            try require(!isRivalled, .notSingleValueField, "'\(name)' is matched twice")
            equalities.append((path, value))
        }
        var document = BSONDocument()
        for (path, value) in equalities.sorted(by: { MongoOrder.compare($0.path.dotted, $1.path.dotted) < 0 }) {
            let isExact = !isReplacement || path.count == 1
            try require(isExact, .notExactValueField, "_id must be exactly specified, not '\(path.dotted)'")
            document.setNested(path[...], value)
        }
        return document
    }
}
