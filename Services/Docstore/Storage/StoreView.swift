/// Rows one after the other; nil after the last, and not asked again.
typealias Rows<Row> = () throws -> Row?
typealias StoredDocument = (record: RecordID, document: [UInt8])
/// With the key that led to it: without its index's own prefix, unique within the index; empty where none did.
typealias FoundDocument = (key: [UInt8], record: RecordID, document: [UInt8])

struct Walk {
    /// In whose order: one with several keys is there several times. nil: in natural order.
    let index: IndexInfo?
    var range = KeyRange.all
    var reverse = false
    var last: (key: [UInt8], record: RecordID)?

    var rest: KeyRange {
        var rest = range
        if let last { if reverse { rest.upper = last.key } else { rest.lower = last.key + [0] } }
        return rest
    }

    func isOrdered(_ left: FoundDocument, _ right: FoundDocument) -> Bool {
        let (first, second) = reverse ? (right, left) : (left, right)
        return index == nil ? first.record < second.record : first.key.lexicographicallyPrecedes(second.key)
    }
}

/// What a plan reads: a snapshot, the writer's own state, or a transaction's writes over its snapshot.
protocol StoreView: AnyObject {
    var catalog: Catalog { get }

    func document(_ record: RecordID) throws -> [UInt8]?

    func document(in collection: CollectionInfo, id: [UInt8]) throws -> StoredDocument?

    func documents(of collection: CollectionInfo, along walk: Walk) throws -> Rows<FoundDocument>
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
            let next = try base()
            hasEnded = next == nil
            ahead = next.flatMap { isHidden($0) ? nil : $0 }
        }
        guard let theirs = ahead, own.first.map({ precedes(theirs, $0) }) ?? true else { return own.popFirst() }
        ahead = nil
        return theirs
    }
}
