import BSON

/// What one statement of `update` or `delete`, or a `findAndModify`, does to the documents that match.
struct Modification {
    var query: Query
    /// Without one they are removed.
    var updater: Updater?
    var upserts = false
    var validates = true

    func run(on namespace: Namespace, _ writer: any DocumentWriter, _ limit: TimeLimit) throws -> StatementResult {
        var result = StatementResult()
        if let collection = writer.catalog[namespace] {
            if let id = query.plainID {
                if let found = try writer.document(in: collection, id: KeyEncoder.encode(id)) {
                    try apply(to: BSONDocument(bytes: found.document), found.record, collection, writer, &result)
                }
            } else {
                let matches = try FindSource(query, in: collection, limit)
                try apply(toAll: matches, of: collection, writer, &result)
            }
        }
        if result.matched == 0, upserts, let updater {
            let made = try InsertedDocument(updater.documentForUpsert(query: query.matcher))
            try made.insert(into: namespace, writer, validates: validates)
            result.after = made.document
            result.upserted = made.id
            result.matched = 1
        }
        return result
    }

    private func apply(
        toAll matches: FindSource, of collection: CollectionInfo, _ writer: any DocumentWriter,
        _ result: inout StatementResult
    ) throws {
        // All are found before any is changed: a document that an update moves in the index is not met again.
        var found: [(record: RecordID, position: Int?, document: BSONDocument?)] = []
        while let match = try matches.nextMatch(in: writer) {
            found.append((match.record, match.position, query.limit == 1 ? try match.parsed() : nil))
        }
        matches.pause()
        for (record, position, document) in found {
            // The catalog may change on the way: an index may become multikey.
            guard let old = try document ?? writer.document(record).map({ try BSONDocument(bytes: $0) }),
                let current = writer.catalog[collection.namespace]
            else { continue }
            result.position = position
            try apply(to: old, record, current, writer, &result)
        }
    }

    private func apply(
        to old: BSONDocument, _ record: RecordID, _ collection: CollectionInfo, _ writer: any DocumentWriter,
        _ result: inout StatementResult
    ) throws {
        let new = try updater?.apply(to: old, matchedPosition: result.position)
        result.before = old
        result.after = new ?? old
        result.matched += 1
        if updater != nil, new == nil { return }
        result.modified += 1
        let encoded = new?.encode()
        if let new, let encoded {
            let fits = encoded.count <= InsertedDocument.maximumSize
            try require(fits, code: 17419, "Resulting document after update is larger than 16 MB")
            if validates { try collection.validation?.check(new, previous: old) }
        }
        try writer.change(record, from: old, to: new, encoded: encoded, in: collection)
    }
}

extension Modification {
    /// - Parameter name: of the field that is the query.
    init(
        _ fields: BSONDocument, query name: String, update: BSONValue?, _ variables: Variables,
        _ context: CommandContext
    ) throws {
        query = try Query(fields.document(name) ?? [:], fields, variables)
        upserts = fields.flag("upsert")
        validates = !context.body.flag("bypassDocumentValidation")
        guard let update else { return }
        let filters = try fields.documents("arrayFilters", in: context.request.name)
        updater = try Updater(update: update, arrayFilters: filters, variables: variables)
    }
}
