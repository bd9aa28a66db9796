import BSON

extension CommandContext {
    /// Answers with the first batch of a new cursor and keeps the cursor if there is more.
    /// - Parameter open: makes the cursor over the same state that the batch is read from; nil for no documents.
    func firstBatch(
        of namespace: Namespace, batchSize: Int?, single: Bool = false, isListing: Bool = false,
        _ open: (any StoreView) throws -> QueryCursor?
    ) throws -> CommandReply {
        try read { view in
            guard let cursor = try open(view) else {
                return .cursor(CursorReply(namespace: "\(namespace)", documents: [], namesBatchLast: true))
            }
            let documents = try cursor.batch(limit: batchSize ?? QueryCursor.firstBatchSize, in: view)
            if !single, batchSize != 0 { try cursor.peek(in: view) }
            if single || cursor.isExhausted {
                return .cursor(
                    CursorReply(namespace: cursor.namespace, documents: documents, namesBatchLast: isListing))
            }
            let entry = CursorTable.Entry(cursor: cursor, namespace: namespace, session: request.session)
            let id = server.cursors.add(entry)
            return .cursor(
                CursorReply(id: id, namespace: cursor.namespace, documents: documents, namesBatchLast: isListing))
        }
    }
}
