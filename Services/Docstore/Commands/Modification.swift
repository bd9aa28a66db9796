import BSON

/// What one statement of `update` or `delete`, or a `findAndModify`, does to the documents that match.
struct Modification {
    enum Action {
        case remove
        case update(Updater, upserts: Bool, validates: Bool)
    }

    struct Outcome {
        var before: BSONDocument?
        var after: BSONDocument?
        var matchedCount = 0
        var modifiedCount = 0
        var upsertedID: BSONValue?
        /// The array element that matched, for a projection with `$`.
        var position: Int?

        var result: StatementResult {
            StatementResult(
                matched: upsertedID == nil ? matchedCount : 1, modified: modifiedCount, upserted: upsertedID)
        }
    }

    let filter: BSONDocument
    let matcher: Matcher
    var action: Action
    /// How many documents at most.
    var maximum = 1
    var sort: SortPattern?
    var hint: BSONValue?

    func run(on namespace: Namespace, _ writer: any DocumentWriter, _ limit: TimeLimit) throws -> Outcome {
        var outcome = Outcome()
        if let collection = writer.catalog[namespace] {
            if let id = filter.plainID, hint == nil {
                if let found = try writer.document(in: collection, id: KeyEncoder.encode(id)) {
                    try apply(to: BSONDocument(bytes: found.document), nil, found.record, collection, writer, &outcome)
                }
            } else {
                try runPlanned(collection, writer, limit, &outcome)
            }
        }
        if outcome.matchedCount == 0, case .update(let updater, upserts: true, let validates) = action {
            let made = try InsertedDocument(updater.documentForUpsert(query: matcher))
            try made.insert(into: namespace, writer, validates: validates)
            outcome.after = made.document
            outcome.upsertedID = made.id
        }
        return outcome
    }

    private func runPlanned(
        _ collection: CollectionInfo, _ writer: any DocumentWriter, _ limit: TimeLimit, _ outcome: inout Outcome
    ) throws {
        let query = try PlannedQuery(filter, matcher, sort: sort, hint: hint, in: collection)
        let matches = MatchSource(query, limit)
        if maximum == 1 {
            let match = query.plan.providesSort ? try matches.next(in: writer) : try first(of: matches, writer)
            matches.scan.pause()
            guard let match else { return }
            return try apply(to: match.parsed(), match.position, match.record, collection, writer, &outcome)
        }
        // All are found before any is changed: a document that an update moves in the index is not met again.
        var found: [(record: RecordID, position: Int?)] = []
        while found.count < maximum, let match = try matches.next(in: writer) {
            found.append((match.record, match.position))
        }
        matches.scan.pause()
        for (record, position) in found {
            // The catalog may change on the way: an index may become multikey.
            guard let bytes = try writer.document(record), let current = writer.catalog[collection.namespace] else {
                continue
            }
            try apply(to: BSONDocument(bytes: bytes), position, record, current, writer, &outcome)
        }
    }

    private func first(of matches: MatchSource, _ view: any StoreView) throws -> MatchedDocument? {
        guard let sort, !sort.isEmpty else { return try matches.next(in: view) }
        var best: (key: [BSONValue], match: MatchedDocument)?
        while let match = try matches.next(in: view) {
            let key = try sort.key(of: match.parsed())
            if best.map({ sort.compare(key, $0.key) < 0 }) ?? true { best = (key, match) }
        }
        return best?.match
    }

    private func apply(
        to old: BSONDocument, _ position: Int?, _ record: RecordID, _ collection: CollectionInfo,
        _ writer: any DocumentWriter, _ outcome: inout Outcome
    ) throws {
        outcome.before = old
        outcome.position = position
        guard case .update(let updater, _, let validates) = action else {
            try writer.delete(record, old, from: collection)
            outcome.matchedCount += 1
            return
        }
        let new = try updater.apply(to: old, matchedPosition: position)
        outcome.matchedCount += 1
        outcome.after = new ?? old
        guard let new else { return }
        let encoded = new.encode()
        guard encoded.count <= InsertedDocument.maximumSize else {
            throw CommandError(
                code: 17419, "Resulting document after update is larger than \(InsertedDocument.maximumSize)")
        }
        if validates { try collection.validation?.check(new, previous: old) }
        try writer.replace(record, old, with: new, encoded: encoded, in: collection)
        outcome.modifiedCount += 1
    }
}
