/// Rows one after the other; nil after the last, and not asked again.
typealias Rows<Row> = () throws -> Row?
typealias StoredDocument = (record: RecordID, document: [UInt8])
/// With a key without its index's own prefix, unique within the index.
typealias IndexedDocument = (key: [UInt8], record: RecordID, document: [UInt8])

/// What a plan reads: a snapshot, the writer's own state, or a transaction's writes over its snapshot.
protocol StoreView: AnyObject {
    var catalog: Catalog { get }

    func document(_ record: RecordID) throws -> [UInt8]?

    /// The document under exactly this key of `_id`.
    func document(in collection: CollectionInfo, id: [UInt8]) throws -> StoredDocument?

    /// Documents in natural order, beyond `after`.
    func documents(of collection: CollectionInfo, after: RecordID?, reverse: Bool) throws -> Rows<StoredDocument>

    /// Documents in the order of an index: one with several keys is there several times.
    func documents(
        of collection: CollectionInfo, by index: IndexInfo, in range: KeyRange, reverse: Bool
    ) throws -> Rows<IndexedDocument>
}

/// A walk with something laid over it, both in the same order: some of its rows do not count, others come in between.
func overlaid<Row>(
    _ base: @escaping Rows<Row>, without isHidden: @escaping (Row) -> Bool, with own: [Row],
    _ precedes: @escaping (Row, Row) -> Bool
) -> Rows<Row> {
    var own = own[...]
    var ahead: Row?
    var hasEnded = false
    return {
        while ahead == nil, !hasEnded {
            guard let next = try base() else {
                hasEnded = true
                break
            }
            if !isHidden(next) { ahead = next }
        }
        guard let theirs = ahead, own.first.map({ precedes(theirs, $0) }) ?? true else { return own.popFirst() }
        ahead = nil
        return theirs
    }
}
