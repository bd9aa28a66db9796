/// What a plan reads: a snapshot, the writer's own state, or a transaction's writes over its snapshot.
protocol StoreView: AnyObject {
    var catalog: Catalog { get }

    func document(_ record: RecordID) throws -> [UInt8]?

    /// Documents in natural order, beyond `after`.
    func scan(_ collection: CollectionInfo, after: RecordID?, reverse: Bool) throws -> any RecordScan

    /// Entries of an index in key order.
    func scan(_ index: IndexInfo, _ range: KeyRange, reverse: Bool) throws -> any EntryScan
}

protocol RecordScan: AnyObject {
    func next() throws -> (record: RecordID, document: [UInt8])?
}

protocol EntryScan: AnyObject {
    /// The key without the index's own prefix; it is unique within the index.
    func next() throws -> (key: [UInt8], record: RecordID)?
}
