import BSON

/// One update of an `update` command, or the update of a `findAndModify`.
struct UpdateStatement {
    let filter: BSONDocument
    let matcher: Matcher
    let updater: Updater
    let isMulti: Bool
    let isUpsert: Bool
    let hint: BSONValue?
    let sort: SortPattern?
    let bypassesValidation: Bool

    /// A document before and after.
    struct Change {
        var before: BSONDocument?
        var after: BSONDocument?
        var matchedCount = 0
        var modifiedCount = 0
        var upsertedID: BSONValue?
        /// The array element that matched, for a projection with `$`.
        var position: Int?
    }

    func run(_ writer: any DocumentWriter, _ namespace: Namespace, _ context: CommandContext) throws -> Change {
        var change = Change()
        if let collection = writer.catalog[namespace] {
            if let view = writer as? ConnectionView, let id = filter.plainID, hint == nil {
                if let found = try view.document(in: collection, id: KeyEncoder.encode(id)) {
                    try update(found.record, BSONDocument(bytes: found.document), nil, collection, writer, &change)
                }
                if change.matchedCount == 0, isUpsert { try upsert(writer, namespace, context, &change) }
                return change
            }
            let query = try PlannedQuery(filter, matcher: matcher, sort: sort, collection: collection, hint: hint)
            if isMulti {
                try updateAll(query, writer, &change)
            } else if let match = try first(query, writer, context) {
                try update(match.record, match.parsed(), match.position, collection, writer, &change)
            }
        }
        if change.matchedCount == 0, isUpsert { try upsert(writer, namespace, context, &change) }
        return change
    }

    private func first(
        _ query: PlannedQuery, _ writer: any DocumentWriter, _ context: CommandContext
    ) throws -> MatchedDocument? {
        try FirstMatch.find(query, sort: sort, writer, context)
    }

    /// All records first, then the changes: a document that an update moves in the index is not met again.
    private func updateAll(_ query: PlannedQuery, _ writer: any DocumentWriter, _ change: inout Change) throws {
        var records: [RecordID] = []
        let matches = MatchSource(query, limit: TimeLimit())
        while let match = try matches.next(in: writer) { records.append(match.record) }
        matches.pause()
        for record in records {
            guard let bytes = try writer.document(record) else { continue }
            let document = try BSONDocument(bytes: bytes)
            let position = try matcher.match(document).position
            // The catalog may have changed on the way: an index may have become multikey.
            guard let collection = writer.catalog[query.collection.namespace] else { return }
            try update(record, document, position, collection, writer, &change)
        }
    }

    private func update(
        _ record: RecordID, _ old: BSONDocument, _ position: Int?, _ collection: CollectionInfo,
        _ writer: any DocumentWriter, _ change: inout Change
    ) throws {
        let new = try updater.apply(to: old, matchedPosition: position)
        change.matchedCount += 1
        change.before = old
        change.position = position
        change.after = new ?? old
        guard let new else { return }
        let encoded = new.encode()
        guard encoded.count <= InsertedDocument.maximumSize else {
            throw CommandError(
                code: 17419, "Resulting document after update is larger than \(InsertedDocument.maximumSize)")
        }
        if !bypassesValidation, let rule = collection.validation { try rule.check(new, previous: old) }
        try writer.replace(record, old, with: new, encoded: encoded, in: collection)
        change.modifiedCount += 1
    }

    private func upsert(
        _ writer: any DocumentWriter, _ namespace: Namespace, _ context: CommandContext, _ change: inout Change
    ) throws {
        let made = try updater.documentForUpsert(query: matcher)
        let prepared = try InsertedDocument(made)
        let collection = try writer.collection(namespace, context)
        if !bypassesValidation, let rule = collection.validation { try rule.check(prepared.document, previous: nil) }
        try writer.insert(prepared.document, encoded: prepared.bytes, into: collection)
        change.after = prepared.document
        change.upsertedID = prepared.document["_id"]
    }
}

/// The one document a single update, deletion or `findAndModify` is about.
enum FirstMatch {
    static func find(
        _ query: PlannedQuery, sort: SortPattern?, _ view: any StoreView, _ context: CommandContext
    ) throws -> MatchedDocument? {
        let matches = MatchSource(query, limit: context.limit)
        defer { matches.pause() }
        guard let sort, !sort.isEmpty, !query.plan.providesSort else { return try matches.next(in: view) }
        var best: (key: [BSONValue], match: MatchedDocument)?
        while let match = try matches.next(in: view) {
            let key = try sort.key(of: match.parsed())
            if best.map({ sort.compare(key, $0.key) < 0 }) ?? true { best = (key, match) }
        }
        return best?.match
    }
}
