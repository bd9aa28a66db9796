import BSON

/// A `find`: matches, in order, some skipped, some left off, each with the fields asked for.
final class FindSource: DocumentSource {
    struct Shape {
        var sort: SortPattern?
        var skip = 0
        var limit: Int?
        var projection: Projection?

        /// How many matches are wanted, those skipped included.
        var end: Int {
            let (sum, overflows) = skip.addingReportingOverflow(limit ?? .max)
            return overflows ? .max : sum
        }
    }

    private let matches: MatchSource
    private let shape: Shape
    private let sorts: Bool
    private var sorted: [MatchedDocument]?
    private var met = 0

    init(_ query: PlannedQuery, _ shape: Shape, _ limit: TimeLimit) {
        matches = MatchSource(query, limit)
        self.shape = shape
        sorts = !query.plan.providesSort && shape.sort?.isEmpty == false
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        while met < shape.end, let match = try nextInOrder(view) {
            met += 1
            if met <= shape.skip { continue }
            guard let projection = shape.projection else { return match.bytes }
            return try projection.apply(match.parsed(), position: match.position, textScore: match.textScore).encode()
        }
        return nil
    }

    func pause() { matches.scan.pause() }

    private func nextInOrder(_ view: any StoreView) throws -> MatchedDocument? {
        guard sorts, let pattern = shape.sort else { return try matches.next(in: view) }
        if sorted == nil {
            var buffer = SortBuffer(pattern, keep: shape.limit == nil ? nil : shape.end)
            while let match = try matches.next(in: view) { try buffer.add(match) }
            pause()
            sorted = buffer.ordered().reversed()
        }
        return sorted?.popLast()
    }
}

/// Gathers documents to sort; with a limit it never holds more than twice as many.
struct SortBuffer {
    /// What a sort without an index may hold, as MongoDB.
    private static let maximumBytes = 100 << 20

    private let pattern: SortPattern
    private let keep: Int?
    private var rows: [(key: [BSONValue], document: MatchedDocument)] = []
    private var bytes = 0

    init(_ pattern: SortPattern, keep: Int?) {
        self.pattern = pattern
        self.keep = keep
    }

    mutating func add(_ match: MatchedDocument) throws {
        let key = try pattern.key(of: match.parsed(), textScore: match.textScore)
        var document = match
        document.parsedAlready = nil
        rows.append((key, document))
        bytes += match.bytes.count
        if let keep, rows.count / 2 >= max(keep, 32) { _ = ordered() }
        guard bytes <= Self.maximumBytes else {
            throw CommandError(
                code: 292,
                "Sort exceeded memory limit of \(Self.maximumBytes) bytes, but did not opt in to external sorting.")
        }
    }

    /// What is kept, in order; ties stay as they were found.
    mutating func ordered() -> [MatchedDocument] {
        rows.sort { pattern.compare($0.key, $1.key) < 0 }
        if let keep, rows.count > keep {
            rows.removeLast(rows.count - keep)
            bytes = rows.reduce(0) { $0 + $1.document.bytes.count }
        }
        return rows.map(\.document)
    }
}
