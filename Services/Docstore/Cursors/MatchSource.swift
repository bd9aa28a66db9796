import BSON

/// A document that matched: as it is stored and, where something needed to look inside, parsed.
struct MatchedDocument {
    let record: RecordID
    let bytes: [UInt8]
    private let parsedAlready: BSONDocument?
    /// The element of the outermost array that made it match, for `$`.
    let position: Int?
    /// How well it fits a text search.
    let textScore: Double

    init(record: RecordID, bytes: [UInt8], parsed: BSONDocument?, position: Int?, textScore: Double = 0) {
        self.record = record
        self.bytes = bytes
        parsedAlready = parsed
        self.position = position
        self.textScore = textScore
    }

    func parsed() throws -> BSONDocument { try parsedAlready ?? BSONDocument(bytes: bytes) }
}

/// The documents of a plan that match.
final class MatchSource {
    private let scan: CandidateScan
    private let matcher: Matcher
    /// The plan leads to nothing but matches: there is no need to look inside.
    private let needsNoMatch: Bool
    private let text: TextSearch?
    private let limit: TimeLimit
    private var looked = 0

    init(_ query: PlannedQuery, limit: TimeLimit) {
        scan = CandidateScan(query.plan, over: query.collection)
        matcher = query.matcher
        needsNoMatch = query.isCovered
        text = query.text
        self.limit = limit
    }

    func next(in view: any StoreView) throws -> MatchedDocument? {
        while let candidate = try scan.next(in: view) {
            looked += 1
            if looked & 255 == 0 { try limit.check() }
            if needsNoMatch {
                return MatchedDocument(
                    record: candidate.record, bytes: candidate.document, parsed: nil, position: nil)
            }
            let document = try BSONDocument(bytes: candidate.document)
            let result = try matcher.match(document)
            guard result.matches else { continue }
            var score = 0.0
            if let text {
                guard let found = text.score(document) else { continue }
                score = found
            }
            return MatchedDocument(
                record: candidate.record, bytes: candidate.document, parsed: document, position: result.position,
                textScore: score)
        }
        return nil
    }

    func pause() { scan.pause() }
    var keysExamined: Int { scan.keysExamined }
    var documentsExamined: Int { scan.documentsExamined }
}

/// A query with the plan chosen for it.
struct PlannedQuery {
    let collection: CollectionInfo
    let matcher: Matcher
    let filter: BSONDocument
    let plan: Plan
    let text: TextSearch?

    init(
        _ filter: BSONDocument, matcher: Matcher, sort: SortPattern?, collection: CollectionInfo,
        hint: BSONValue? = nil
    ) throws {
        self.collection = collection
        self.matcher = matcher
        self.filter = filter
        if let query = matcher.textQuery {
            let search = try TextSearch(query, collection: collection)
            text = search
            plan = Plan(access: search.access, providesSort: false)
        } else {
            text = nil
            plan = try Planner.plan(matcher, sort: sort, collection: collection, hint: hint)
        }
    }

    /// Whether the plan alone decides: nothing is asked, or only for plain values of fields that the index is held to.
    var isCovered: Bool {
        if filter.isEmpty { return true }
        guard case .index(let access) = plan.access, !access.index.isMultikey, access.index.text == nil else {
            return false
        }
        let held = zip(access.index.fields, access.bounds).filter { $1.count == 1 && $1[0].isPoint }.map(\.0.path)
        return filter.elements.allSatisfy { held.contains($0.key) && $0.value.isPlain }
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
