import BSON

/// Where documents come from, one after the other: a query or a pipeline. No view is held between batches.
protocol DocumentSource: AnyObject {
    func next(in view: any StoreView) throws -> [UInt8]?

    /// Whether it is known without looking that nothing follows: only then a batch that is full ends a cursor.
    var isAtEnd: Bool { get }

    /// Lets go of the view until the next batch.
    func pause()
}

final class FixedSource: DocumentSource {
    private var documents: ArraySlice<BSONDocument>

    init(_ documents: [BSONDocument]) { self.documents = documents[...] }

    var isAtEnd: Bool { documents.isEmpty }
    func next(in view: any StoreView) -> [UInt8]? { documents.popFirst()?.encode() }
    func pause() {}
}

/// How long the command that runs now may take. A cursor lives through many commands.
final class TimeLimit {
    /// Monotonic milliseconds.
    var deadline: Int64?

    init(deadline: Int64? = nil) { self.deadline = deadline }

    func check() throws {
        if let deadline, Clock.monotonic > deadline { throw CommandError.timeExceeded }
    }
}

/// A source cut into batches, and who may go on with it.
/// Used by one command at a time, which takes it out of the table meanwhile: hence `@unchecked Sendable`.
final class QueryCursor: @unchecked Sendable {
    let namespace: Namespace
    /// Where it was made, and so is gone on with.
    let session: SessionID?
    private let transactionNumber: Int64?
    let limit: TimeLimit
    /// Guarded by the table that keeps it between batches.
    var lastUsed = Clock.monotonic

    /// The collection and the indexes it reads: without them it cannot go on.
    private let query: PlannedQuery?
    private let source: any DocumentSource
    private var pending: [UInt8]?
    private(set) var isExhausted = false

    /// As MongoDB: a batch stays below 16 MB.
    private static let maximumBatchBytes = 16 << 20

    init(_ namespace: Namespace, over query: PlannedQuery?, _ source: any DocumentSource, for context: CommandContext) {
        self.namespace = namespace
        session = context.request.session.id
        transactionNumber = context.request.session.transaction
        limit = context.limit
        self.query = query
        self.source = source
    }

    func check(_ current: SessionOptions) throws {
        try require(session == current.id, code: 50738, "the cursor is one of another session")
        try require(transactionNumber == current.transaction, code: 50741, "the cursor is one of another transaction")
    }

    func canGoOn(in view: any StoreView) -> Bool {
        guard let query else { return true }
        guard let current = view.catalog[namespace], current.number == query.collection.number else { return false }
        return query.plan.indexes.isSubset(of: current.indexes.map(\.number))
    }

    /// - Parameters:
    ///   - size: documents wanted; nil for as many as fit.
    ///   - endsWhenFull: whether a batch of that size may end the cursor.
    func batch(_ size: Int?, endsWhenFull: Bool, in view: any StoreView) throws -> [[UInt8]] {
        defer { source.pause() }
        var documents: [[UInt8]] = []
        var bytes = 0
        while documents.count < size ?? .max {
            if documents.count & 127 == 127 { try limit.check() }
            guard let document = try peek(view) else { return documents }
            bytes += document.count
            if !documents.isEmpty, bytes > Self.maximumBatchBytes { return documents }
            documents.append(document)
            pending = nil
        }
        isExhausted = endsWhenFull && source.isAtEnd
        return documents
    }

    private func peek(_ view: any StoreView) throws -> [UInt8]? {
        if isExhausted { return nil }
        if pending == nil { pending = try source.next(in: view) }
        isExhausted = pending == nil
        return pending
    }
}
