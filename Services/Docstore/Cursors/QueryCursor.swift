import BSON

/// Where documents come from, one after the other: a query or a pipeline. No view is held between batches.
protocol DocumentSource: AnyObject {
    /// - Returns: nil at the end.
    func next(in view: any StoreView) throws -> [UInt8]?

    /// Lets go of the view until the next batch.
    func pause()
}

/// Documents that are all there already.
final class FixedSource: DocumentSource {
    private var documents: ArraySlice<[UInt8]>

    init(_ documents: [BSONDocument]) { self.documents = documents.map { $0.encode() }[...] }

    func next(in view: any StoreView) -> [UInt8]? { documents.popFirst() }
    func pause() {}
}

/// How long the command that runs now may take. A cursor lives through many commands.
final class TimeLimit {
    /// Monotonic milliseconds.
    var deadline: Int64?

    init(deadline: Int64? = nil) { self.deadline = deadline }

    /// - Throws: 50 once the time is up.
    func check() throws {
        try require(Clock.monotonic <= deadline ?? .max, .maxTimeMSExpired, "operation exceeded time limit")
    }
}

/// A source cut into batches, and who may go on with it.
///
/// Used by one command at a time, which takes it out of the table meanwhile: hence `@unchecked Sendable`.
final class QueryCursor: @unchecked Sendable {
    let namespace: Namespace
    let session: SessionID?
    let transactionNumber: Int64?
    let limit: TimeLimit
    /// Guarded by the table that keeps it between batches.
    var lastUsed = Clock.monotonic

    /// The collection and the indexes it reads: without them it cannot go on.
    private let collection: Int?
    private let indexes: Set<Int>
    private let source: any DocumentSource
    private var pending: [UInt8]?
    private(set) var isExhausted = false

    /// As MongoDB: a batch stays below 16 MB.
    private static let maximumBatchBytes = 16 << 20

    init(_ namespace: Namespace, over query: PlannedQuery?, _ source: any DocumentSource, for context: CommandContext) {
        self.namespace = namespace
        let session = context.request.session
        self.session = session.id
        transactionNumber = session.isInTransaction ? session.transactionNumber : nil
        limit = context.limit
        collection = query?.collection.number
        indexes = query?.plan.indexes ?? []
        self.source = source
    }

    /// - Returns: the code of the error for a session, or a transaction, in which it was not created.
    func refusal(of session: SessionOptions) -> Int32? {
        if self.session != session.id { return 50738 }
        return transactionNumber == (session.isInTransaction ? session.transactionNumber : nil) ? nil : 50741
    }

    /// Whether what it reads is still there.
    func canGoOn(in view: any StoreView) -> Bool {
        guard let collection else { return true }
        guard let current = view.catalog[namespace], current.number == collection else { return false }
        return indexes.isSubset(of: current.indexes.map(\.number))
    }

    /// - Parameters:
    ///   - size: documents wanted; nil for as many as fit.
    ///   - peeks: whether to look if anything is left, so that a batch that takes the last document ends the cursor.
    func batch(_ size: Int?, peeks: Bool, in view: any StoreView) throws -> [[UInt8]] {
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
        if peeks { _ = try peek(view) }
        return documents
    }

    private func peek(_ view: any StoreView) throws -> [UInt8]? {
        if isExhausted { return nil }
        if pending == nil { pending = try source.next(in: view) }
        isExhausted = pending == nil
        return pending
    }
}
