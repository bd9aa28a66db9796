import BSON

/// A document that matched.
struct MatchedDocument {
    let record: RecordID
    /// As it is stored.
    let bytes: [UInt8]
    /// Where something needed to look inside.
    var parsedAlready: BSONDocument?
    /// The element of the outermost array that made it match, for `$`.
    var position: Int?
    /// How well it fits a text search.
    var textScore = 0.0

    func parsed() throws -> BSONDocument { try parsedAlready ?? BSONDocument(bytes: bytes) }
}

/// A query with the plan chosen for it.
struct PlannedQuery {
    let collection: CollectionInfo
    let filter: BSONDocument
    let matcher: Matcher
    let plan: Plan
    let text: TextSearch?

    init(
        _ filter: BSONDocument, _ matcher: Matcher, sort: SortPattern? = nil, hint: BSONValue? = nil,
        in collection: CollectionInfo
    ) throws {
        self.collection = collection
        self.filter = filter
        self.matcher = matcher
        text = try matcher.textQuery.map { try TextSearch($0, collection: collection) }
        plan =
            try text.map { Plan(access: $0.access) }
            ?? Planner(collection: collection, sort: sort).plan(matcher, hint: hint)
    }

    /// Whether the plan alone decides: nothing is asked, or only for plain values of fields that the index is held to.
    var isCovered: Bool {
        if filter.isEmpty { return true }
        guard case .index(let access) = plan.access, !access.index.isMultikey, text == nil else { return false }
        let held = zip(access.index.fields, access.bounds).filter { $1.count == 1 && $1[0].isPoint }.map(\.0.path)
        return filter.elements.allSatisfy { held.contains($0.key) && $0.value.isPlain }
    }
}

/// The documents of a plan that match.
final class MatchSource {
    private let query: PlannedQuery
    private let limit: TimeLimit
    /// The plan leads to nothing but matches: there is no need to look inside.
    private let needsNoMatch: Bool
    /// What it looks at, and how much that was.
    let scan: CandidateScan

    init(_ query: PlannedQuery, _ limit: TimeLimit) {
        self.query = query
        self.limit = limit
        needsNoMatch = query.isCovered
        scan = CandidateScan(query.plan, over: query.collection)
    }

    func next(in view: any StoreView) throws -> MatchedDocument? {
        while let (record, bytes) = try scan.next(in: view) {
            if scan.documentsExamined & 255 == 0 { try limit.check() }
            var match = MatchedDocument(record: record, bytes: bytes)
            if needsNoMatch { return match }
            let document = try BSONDocument(bytes: bytes)
            let result = try query.matcher.match(document)
            guard result.matches else { continue }
            if let text = query.text {
                guard let score = text.score(document) else { continue }
                match.textScore = score
            }
            match.parsedAlready = document
            match.position = result.position
            return match
        }
        return nil
    }
}

extension BSONDocument {
    /// The `_id` that is all the query asks for: then there is nothing to plan, and no array to find a position in.
    var plainID: BSONValue? {
        guard count == 1, let first, first.key == "_id", first.value.isPlain else { return nil }
        return first.value
    }
}

extension BSONValue {
    /// A value that only an equal one matches, and whose key no other value has.
    var isPlain: Bool {
        switch self {
        case .objectID, .string, .int32, .int64, .date, .bool, .binary: true
        default: false
        }
    }
}
