import BSON

/// A `find`: matches, in order, some skipped, some left off, each with the fields asked for.
final class FindSource: DocumentSource {
    struct Shape {
        var sort: SortPattern?
        var skip = 0
        var limit: Int?
        var projection: Projection?
    }

    private let matches: MatchSource
    private let shape: Shape
    private let sorter: SortPattern?
    private var sorted: [MatchedDocument]?
    private var skipped = 0
    private var given = 0

    /// What a sort without an index may hold, as MongoDB.
    private static let maximumSortBytes = 100 << 20

    init(_ query: PlannedQuery, _ shape: Shape, limit: TimeLimit) {
        matches = MatchSource(query, limit: limit)
        self.shape = shape
        sorter = query.plan.providesSort ? nil : shape.sort.flatMap { $0.isEmpty ? nil : $0 }
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        if let limit = shape.limit, given >= limit { return nil }
        guard let document = try nextInOrder(view) else { return nil }
        given += 1
        guard let projection = shape.projection else { return document.bytes }
        return try projection.apply(
            document.parsed(), position: document.position, textScore: document.textScore
        ).encode()
    }

    func pause() { matches.pause() }

    private func nextInOrder(_ view: any StoreView) throws -> MatchedDocument? {
        if let sorter {
            if sorted == nil { sorted = try sort(by: sorter, view) }
            return sorted?.popLast()
        }
        while let match = try matches.next(in: view) {
            if skipped < shape.skip {
                skipped += 1
                continue
            }
            return match
        }
        return nil
    }

    /// - Returns: the documents to give, last one first.
    private func sort(by pattern: SortPattern, _ view: any StoreView) throws -> [MatchedDocument] {
        var buffer = SortBuffer(pattern, keep: shape.limit.map { $0 + shape.skip })
        while let match = try matches.next(in: view) {
            try buffer.add(match, key: try pattern.key(of: match.parsed(), textScore: match.textScore))
            guard buffer.bytes <= Self.maximumSortBytes else {
                throw CommandError(
                    code: 292,
                    "Sort exceeded memory limit of \(Self.maximumSortBytes) bytes, but did not opt in to external "
                        + "sorting.")
            }
        }
        matches.pause()
        return Array(buffer.ordered().dropFirst(shape.skip).reversed())
    }
}

/// Gathers documents to sort; with a limit it never holds more than twice as many.
struct SortBuffer {
    private let pattern: SortPattern
    private let keep: Int?
    private var rows: [(key: [BSONValue], document: MatchedDocument)] = []
    private(set) var bytes = 0

    init(_ pattern: SortPattern, keep: Int?) {
        self.pattern = pattern
        self.keep = keep
    }

    mutating func add(_ document: MatchedDocument, key: [BSONValue]) throws {
        rows.append(
            (
                key,
                MatchedDocument(
                    record: document.record, bytes: document.bytes, parsed: nil, position: document.position,
                    textScore: document.textScore)
            ))
        bytes += document.bytes.count
        if let keep, rows.count >= max(2 * keep, 64) { trim(to: keep) }
    }

    mutating func ordered() -> [MatchedDocument] {
        sort()
        if let keep { rows = Array(rows.prefix(keep)) }
        return rows.map(\.document)
    }

    private mutating func trim(to count: Int) {
        sort()
        rows.removeLast(rows.count - count)
        bytes = rows.reduce(0) { $0 + $1.document.bytes.count }
    }

    /// Stable: ties stay as they were found.
    private mutating func sort() {
        rows.sort { pattern.compare($0.key, $1.key) < 0 }
    }
}
