import BSON

/// Where documents come from, one after the other: a query or a pipeline. No view is held between batches.
protocol DocumentSource: AnyObject {
    /// - Returns: nil at the end.
    func next(in view: any StoreView) throws -> [UInt8]?

    /// Lets go of the view until the next batch.
    func pause()
}

/// How long the command that runs now may take. A cursor lives through many commands.
final class TimeLimit {
    /// Monotonic milliseconds.
    var deadline: Int64?

    init(deadline: Int64? = nil) { self.deadline = deadline }

    /// - Throws: 50 once the time is up.
    func check() throws {
        if let deadline, Clock.monotonic > deadline {
            throw CommandError(.maxTimeMSExpired, "operation exceeded time limit")
        }
    }
}

/// A source with what was fetched too many put back, cut into batches.
final class QueryCursor {
    let namespace: String
    let limit: TimeLimit
    /// The collection and the indexes it reads: without them it cannot go on.
    let collection: Int?
    let indexes: Set<Int>
    private let source: any DocumentSource
    private var pending: [UInt8]?
    private(set) var isExhausted = false

    /// As MongoDB: a batch stays below 16 MB.
    private static let maximumBatchBytes = 16 << 20
    static let firstBatchSize = 101

    init(namespace: String, query: PlannedQuery?, limit: TimeLimit, source: any DocumentSource) {
        self.namespace = namespace
        self.limit = limit
        collection = query?.collection.number
        indexes = query?.plan.access.indexes ?? []
        self.source = source
    }

    /// - Parameter limit: documents wanted; nil for as many as fit.
    func batch(limit: Int?, in view: any StoreView) throws -> [[UInt8]] {
        defer { source.pause() }
        var documents: [[UInt8]] = []
        var size = 0
        while documents.count < limit ?? .max {
            if documents.count & 127 == 127 { try self.limit.check() }
            guard let document = try takePending() ?? source.next(in: view) else {
                isExhausted = true
                return documents
            }
            if !documents.isEmpty, size + document.count > Self.maximumBatchBytes {
                pending = document
                return documents
            }
            size += document.count
            documents.append(document)
        }
        return documents
    }

    /// Looks whether anything is left, so that a batch that takes the last document also ends the cursor.
    func peek(in view: any StoreView) throws {
        guard !isExhausted, pending == nil else { return }
        defer { source.pause() }
        pending = try source.next(in: view)
        isExhausted = pending == nil
    }

    private func takePending() -> [UInt8]? {
        defer { pending = nil }
        return pending
    }
}
