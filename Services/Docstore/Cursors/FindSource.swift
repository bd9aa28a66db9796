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
    struct Shape {
        var sort: SortPattern?
        var skip = 0
        var limit: Int?
        var projection: Projection?
        /// A sort may then be larger than `SortBuffer` holds without being asked.
        var allowsDiskUse = false

        /// How many matches are wanted, those skipped included.
        fileprivate var end: Int { limit.map { $0 > .max - skip ? .max : skip + $0 } ?? .max }
    }

    let query: PlannedQuery
    let scan: CandidateScan
    /// The order that the plan does not provide.
    let order: SortPattern?
    private let shape: Shape
    private let limit: TimeLimit
    /// The plan leads to nothing but matches: there is no need to look inside.
    private let needsNoMatch: Bool
    private var sorted: [MatchedDocument]?
    private var met = 0

    init(_ query: PlannedQuery, _ shape: Shape, _ limit: TimeLimit) {
        self.query = query
        self.shape = shape
        self.limit = limit
        scan = CandidateScan(query.plan, over: query.collection)
        order = query.plan.providesSort || shape.sort?.isEmpty == true ? nil : shape.sort
        needsNoMatch = query.isCovered
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        guard let match = try nextMatch(in: view) else { return nil }
        guard let projection = shape.projection else { return match.bytes }
        return try projection.apply(match.parsed(), position: match.position, textScore: match.textScore).encode()
    }

    /// A sort does not know how many it has left, though it has a limit: so it is in MongoDB.
    var isAtEnd: Bool { order == nil && met >= shape.end || met > 0 && shape.skip == 0 && query.filter.plainID != nil }

    func pause() { scan.pause() }

    func nextMatch(in view: any StoreView) throws -> MatchedDocument? {
        if let order, sorted == nil { sorted = try inOrder(order, view) }
        while met < shape.end, let match = try sorted == nil ? nextFound(view) : sorted?.popLast() {
            met += 1
            if met > shape.skip { return match }
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
        let keep = shape.limit == nil ? nil : shape.end
        var buffer = SortBuffer<MatchedDocument>(order, keep: keep, isBounded: !shape.allowsDiskUse)
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
            let score = query.text.map { $0.score(document) } ?? 0
            guard result.matches, let score else { continue }
            match.textScore = score
            match.parsedAlready = document
            match.position = result.position
            return match
        }
        return nil
    }
}
