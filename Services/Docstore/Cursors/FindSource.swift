import BSON

struct MatchedDocument {
    let record: RecordID
    let bytes: [UInt8]
    /// Where something needed to look inside.
    var parsedAlready: BSONDocument?
    /// The element of the outermost array that made it match, for `$`.
    var position: Int?
    var textScore = 0.0

    func parsed() throws -> BSONDocument { try parsedAlready ?? BSONDocument(bytes: bytes) }
}

/// The documents of a plan that match: in order, some skipped, some left off, each with the fields asked for.
final class FindSource: DocumentSource {
    let planned: PlannedQuery
    let scan: CandidateScan
    /// The order that the plan does not provide.
    let order: SortPattern?
    private let query: Query
    private let limit: TimeLimit
    /// The plan leads to nothing but matches: there is no need to look inside.
    private let needsNoMatch: Bool
    private var sorted: [MatchedDocument]?
    private var met = 0

    init(_ query: Query, in collection: CollectionInfo, _ limit: TimeLimit) throws {
        self.query = query
        self.limit = limit
        planned = try PlannedQuery(query, in: collection)
        scan = CandidateScan(planned.plan, over: collection)
        order = planned.plan.providesSort || query.sort?.isEmpty == true ? nil : query.sort
        needsNoMatch = planned.isCovered
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        guard let match = try nextMatch(in: view) else { return nil }
        guard let projection = query.projection else { return match.bytes }
        return try projection.apply(match.parsed(), position: match.position, textScore: match.textScore).encode()
    }

    /// A sort does not know how many it has left, though it has a limit: so it is in MongoDB.
    var isAtEnd: Bool { order == nil && met >= query.end || met > 0 && query.skip == 0 && query.filter.plainID != nil }

    func pause() { scan.pause() }

    func nextMatch(in view: any StoreView) throws -> MatchedDocument? {
        if let order, sorted == nil { sorted = try inOrder(order, view) }
        while met < query.end, let match = try sorted == nil ? nextFound(view) : sorted?.popLast() {
            met += 1
            if met > query.skip { return match }
        }
        return nil
    }

    func count(in view: any StoreView) throws -> Int {
        defer { pause() }
        var count = 0
        while try nextMatch(in: view) != nil { count += 1 }
        return count
    }

    /// - Returns: all of them, the last one first.
    private func inOrder(_ order: SortPattern, _ view: any StoreView) throws -> [MatchedDocument] {
        let keep = query.limit == nil ? nil : query.end
        var buffer = SortBuffer<MatchedDocument>(order, keep: keep, isBounded: !query.allowsDiskUse)
        while var match = try nextFound(view) {
            let key = try order.key(of: match.parsed(), textScore: match.textScore)
            match.parsedAlready = nil
            try buffer.add(match, key: key, size: match.bytes.count)
        }
        pause()
        return buffer.ordered().reversed()
    }

    private func nextFound(_ view: any StoreView) throws -> MatchedDocument? {
        while let (record, bytes) = try scan.next(in: view) {
            if scan.documentsExamined & 255 == 0 { try limit.check() }
            var match = MatchedDocument(record: record, bytes: bytes)
            if needsNoMatch { return match }
            let document = try BSONDocument(bytes: bytes)
            let result = try query.matcher.match(document)
            let score = planned.text.map { $0.score(document) } ?? 0
            guard result.matches, let score else { continue }
            match.textScore = score
            match.parsedAlready = document
            match.position = result.position
            return match
        }
        return nil
    }
}
