import BSON

struct SortPattern: Sendable {
    struct Part: Sendable {
        let path: FieldPath
        let ascending: Bool
        /// `{$meta: "textScore"}`: by relevance, best first.
        let isTextScore: Bool
    }

    let parts: [Part]

    var isEmpty: Bool { parts.isEmpty }

    init(_ document: BSONDocument) throws {
        parts = try document.map { try Self.part($0.key, $0.value) }
        try require(parts.count <= 32, code: 13103, "too many compound keys")
    }

    private static func part(_ key: String, _ value: BSONValue) throws -> Part {
        let meta = value.documentValue
        let isMeta = meta?.keys == ["$meta"]
        try require(isMeta || value.number != nil, code: 15974, "Illegal key in $sort specification: \(key): \(value)")
        if isMeta {
            try require(meta?["$meta"] == "textScore", .failedToParse, "Unsupported argument to $meta: \(value)")
            return Part(path: FieldPath(key), ascending: false, isTextScore: true)
        }
        let direction = value.number?.exactInt64
        try require(direction == 1 || direction == -1, code: 15975, "$sort key ordering must be 1 or -1")
        let path = FieldPath(parts: try FieldPath.parts(key, empty: 40352))
        return Part(path: path, ascending: direction == 1, isTextScore: false)
    }

    /// The values that a document sorts by: of those that an index on the same fields would hold, the first.
    func key(of document: BSONDocument, textScore: Double = 0) throws -> [BSONValue] {
        // By `_id` alone, as in MongoDB, an array counts whole and not by its elements.
        if parts.count == 1, parts[0].path.parts == ["_id"] { return [document["_id"] ?? .null] }
        if let plain = plainKey(of: document, textScore: textScore) { return plain }
        let indexed = parts.filter { !$0.isTextScore }
        let rows: [[BSONValue]]
        do {
            rows = try KeyRows(of: document, paths: indexed.map(\.path.parts)).rows
        } catch let error as CommandError where error.code == 171 {
            throw CommandError.badValue("cannot sort with keys that are parallel arrays")
        }
        var best = rows[0]
        for row in rows.dropFirst() where Self.compare(row, best, indexed) < 0 { best = row }
        for (place, part) in parts.enumerated() where part.isTextScore { best.insert(.double(textScore), at: place) }
        return best
    }

    /// The usual case: no array on the way.
    private func plainKey(of document: BSONDocument, textScore: Double) -> [BSONValue]? {
        var keys: [BSONValue] = []
        keys.reserveCapacity(parts.count)
        for part in parts {
            var value: BSONValue? = part.isTextScore ? .double(textScore) : .document(document)
            for name in part.path.parts where !part.isTextScore {
                value = value?.documentValue?[name]
                if case .array? = value { return nil }
            }
            keys.append(value ?? .null)
        }
        return keys
    }

    func compare(_ left: [BSONValue], _ right: [BSONValue]) -> Int { Self.compare(left, right, parts) }

    static func compare(_ left: [BSONValue], _ right: [BSONValue], _ parts: [Part]) -> Int {
        for (index, part) in parts.enumerated() {
            let order = MongoOrder.compare(left[index], right[index])
            if order != 0 { return part.ascending ? order : -order }
        }
        return 0
    }
}
