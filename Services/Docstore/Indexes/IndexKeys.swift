import BSON

/// The keys of one document in one index.
struct IndexKeys {
    /// Encoded, in order, without repetitions.
    var keys: [[UInt8]] = []
    /// Whether an array was met on the way, even an empty one.
    var isMultikey = false

    static let none = IndexKeys()
}

extension IndexKeys {
    fileprivate init(distinct keys: [[UInt8]], isMultikey: Bool) {
        self.keys = keys.count < 2 ? keys : Set(keys).sorted { $0.lexicographicallyPrecedes($1) }
        self.isMultikey = isMultikey
    }
}

extension IndexInfo {
    /// - Throws: 171 for parallel arrays, 16746 for a field that is both an element's position and name.
    func keys(of document: BSONDocument) throws -> IndexKeys {
        if let partialFilter, try !partialFilter.matches(document) { return .none }
        if let text {
            return IndexKeys(distinct: text.terms(of: document).keys.map { encode([.string($0)]) }, isMultikey: true)
        }
        if let key = simpleKey(of: document) { return key }
        let found = try rows(of: document)
        return IndexKeys(distinct: found.rows.map(encode), isMultikey: found.isMultikey)
    }

    /// The values of the key that encodes to `key`, named by their paths: for the report of a duplicate.
    func keyValue(of document: BSONDocument, key: [UInt8]) throws -> BSONDocument {
        let row = try rows(of: document).rows.first { encode($0) == key } ?? []
        return BSONDocument(elements: zip(fields, row).map { (key: $0.path, value: $1) })
    }

    private func rows(of document: BSONDocument) throws -> KeyRows {
        try KeyRows(of: document, paths: fields.map(\.parts), skipsMissing: isSparse)
    }

    /// The usual case, without any allocation on the way: top-level fields and no arrays.
    private func simpleKey(of document: BSONDocument) -> IndexKeys? {
        var encoder = KeyEncoder()
        var missing = 0
        for field in fields {
            guard field.parts.count == 1 else { return nil }
            let value = document[field.path]
            if case .array = value { return nil }
            if value == nil { missing += 1 }
            encoder.append(value ?? .null, descending: field.isDescending)
        }
        return isSparse && missing == fields.count ? IndexKeys.none : IndexKeys(keys: [encoder.bytes])
    }

    private func encode(_ row: [BSONValue]) -> [UInt8] {
        var encoder = KeyEncoder()
        for (field, value) in zip(fields, row) { encoder.append(value, descending: field.isDescending) }
        return encoder.bytes
    }
}
