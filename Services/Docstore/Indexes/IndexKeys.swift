import BSON

/// The keys of one document in one index.
struct IndexKeys {
    /// Encoded, in order, without repetitions.
    var keys: [[UInt8]] = []
    /// Whether an array was met on the way, even an empty one.
    var isMultikey = false

    static let none = IndexKeys()
}

/// Derives index keys from documents.
enum IndexKeyGenerator {
    /// - Throws: 171 for parallel arrays, 16746 for a field that is both an element's position and name.
    static func keys(of document: BSONDocument, in index: IndexInfo) throws -> IndexKeys {
        if let filter = index.partialFilter, try !filter.matches(document) { return .none }
        if let text = index.text {
            let keys = text.terms(of: document).keys.map { KeyEncoder.encode(.string($0)) }
            return IndexKeys(keys: keys.sorted { $0.lexicographicallyPrecedes($1) }, isMultikey: true)
        }
        if let key = simpleKey(of: document, in: index) { return key }
        let found = try rows(of: document, in: index)
        let keys = found.rows.map { encode($0, in: index) }
        if keys.count < 2 { return IndexKeys(keys: keys, isMultikey: found.isMultikey) }
        return IndexKeys(keys: Set(keys).sorted { $0.lexicographicallyPrecedes($1) }, isMultikey: found.isMultikey)
    }

    /// The values of the key that encodes to `key`, named by their paths: for the report of a duplicate.
    static func keyValue(of document: BSONDocument, in index: IndexInfo, key: [UInt8]) throws -> BSONDocument {
        let row = try rows(of: document, in: index).rows.first { encode($0, in: index) == key } ?? []
        return BSONDocument(elements: zip(index.fields, row).map { (key: $0.path, value: $1) })
    }

    private static func rows(of document: BSONDocument, in index: IndexInfo) throws -> KeyRows {
        try KeyRows(of: document, paths: index.fields.map(\.parts), skipsMissing: index.isSparse)
    }

    /// The usual case, without any allocation on the way: top-level fields and no arrays.
    private static func simpleKey(of document: BSONDocument, in index: IndexInfo) -> IndexKeys? {
        var encoder = KeyEncoder()
        var missing = 0
        for field in index.fields {
            guard field.parts.count == 1 else { return nil }
            let value = document[field.path]
            if case .array = value { return nil }
            if value == nil { missing += 1 }
            encoder.append(value ?? .null, descending: field.isDescending)
        }
        if index.isSparse, missing == index.fields.count { return IndexKeys.none }
        return IndexKeys(keys: [encoder.bytes])
    }

    private static func encode(_ row: [BSONValue], in index: IndexInfo) -> [UInt8] {
        var encoder = KeyEncoder()
        for (field, value) in zip(index.fields, row) { encoder.append(value, descending: field.isDescending) }
        return encoder.bytes
    }
}
