import BSON

/// The keys of one document in one index: encoded, in order, without repetitions; and whether an array was met on the
/// way, even an empty one.
typealias IndexKeys = (keys: [[UInt8]], isMultikey: Bool)

extension IndexInfo {
    /// - Throws: 171 for parallel arrays, 16746 for a field that is both an element's position and name.
    func keys(of document: BSONDocument) throws -> IndexKeys {
        if let partialFilter, try !partialFilter.matches(document) { return ([], false) }
        if let text { return (Self.distinct(text.terms(of: document).keys.map { encode([.string($0)]) }), true) }
        if let key = simpleKey(of: document) { return (key, false) }
        let found = try rows(of: document)
        return (Self.distinct(found.rows.map(encode)), found.isMultikey)
    }

    func duplicate(_ key: [UInt8], of document: BSONDocument, in namespace: Namespace) throws -> CommandError {
        let row = zip(fields, try rows(of: document).rows.first { encode($0) == key } ?? [])
        let shown = row.map { "\($0.path): \($1)" }.joined(separator: ", ")
        let values = BSONDocument(elements: row.map { ($0.path, $1 == .undefined ? .null : $1) })
        return CommandError(
            .duplicateKey, "E11000 duplicate key error collection: \(namespace) index: \(name) dup key: { \(shown) }",
            extra: ["keyPattern": .document(keyPattern), "keyValue": .document(values)])
    }

    private func rows(of document: BSONDocument) throws -> KeyRows {
        try KeyRows(of: document, paths: fields.map(\.parts), skipsMissing: isSparse)
    }

    /// The usual case, without any allocation on the way: top-level fields and no arrays.
    private func simpleKey(of document: BSONDocument) -> [[UInt8]]? {
        var encoder = KeyEncoder()
        var missing = 0
        for field in fields {
            guard field.parts.count == 1 else { return nil }
            let value = document[field.path]
            if case .array = value { return nil }
            if value == nil { missing += 1 }
            encoder.append(value ?? .null, descending: field.isDescending)
        }
        return isSparse && missing == fields.count ? [] : [encoder.bytes]
    }

    private func encode(_ row: [BSONValue]) -> [UInt8] {
        var encoder = KeyEncoder()
        for (field, value) in zip(fields, row) { encoder.append(value, descending: field.isDescending) }
        return encoder.bytes
    }

    private static func distinct(_ keys: [[UInt8]]) -> [[UInt8]] {
        keys.count < 2 ? keys : Set(keys).sorted { $0.lexicographicallyPrecedes($1) }
    }
}
