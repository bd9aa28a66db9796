package import BSON

/// A sort as commands give it: `{a: 1, "b.c": -1}`.
package struct SortPattern: Sendable {
    package struct Part: Sendable {
        package let path: FieldPath
        package let ascending: Bool
        /// `{$meta: "textScore"}`: by relevance, best first.
        package let isTextScore: Bool
    }

    package let parts: [Part]

    package var isEmpty: Bool { parts.isEmpty }

    package init(_ document: BSONDocument) throws(CommandError) {
        var parts: [Part] = []
        for (key, value) in document.elements {
            parts.append(try Self.part(key, value))
        }
        guard parts.count <= 32 else { throw CommandError(code: 13103, "too many compound keys") }
        self.parts = parts
    }

    private static func part(_ key: String, _ value: BSONValue) throws(CommandError) -> Part {
        if case .document(let meta) = value {
            guard meta.elements.count == 1, let kind = meta["$meta"] else {
                throw CommandError(code: 15974, "Illegal key in $sort specification: \(key)")
            }
            guard kind == .string("textScore") else {
                throw CommandError(.failedToParse, "Unsupported argument to $meta: \(kind)")
            }
            return Part(path: FieldPath(key), ascending: false, isTextScore: true)
        }
        guard let number = Number(value) else {
            throw CommandError(code: 15974, "Illegal key in $sort specification: \(key): \(value)")
        }
        guard let direction = number.exactInt64, direction == 1 || direction == -1 else {
            throw CommandError(
                code: 15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)")
        }
        try validate(key)
        return Part(path: FieldPath(key), ascending: direction == 1, isTextScore: false)
    }

    private static func validate(_ key: String) throws(CommandError) {
        guard !key.isEmpty else { throw CommandError(code: 40352, "FieldPath cannot be constructed with empty string") }
        for part in FieldPath(key).parts {
            if part.isEmpty {
                throw CommandError(code: 15998, "FieldPath field names may not be empty strings.")
            }
            if part.hasPrefix("$"), part != "$id", part != "$ref", part != "$db" {
                throw CommandError(code: 16410, "FieldPath field names may not start with '$'.")
            }
        }
    }

    /// The values that a document sorts by: of an array the least or greatest element as the direction asks.
    package func key(of document: BSONDocument, textScore: Double = 0) throws(CommandError) -> [BSONValue] {
        // By `_id` alone, as in MongoDB, an array counts whole and not by its elements.
        if parts.count == 1, parts[0].path.parts == ["_id"] { return [document["_id"] ?? .null] }
        var keys: [BSONValue] = []
        keys.reserveCapacity(parts.count)
        var arrays: [String] = []
        for part in parts {
            if part.isTextScore {
                keys.append(.double(textScore))
                continue
            }
            var candidates = SortCandidates(ascending: part.ascending)
            candidates.collect(part.path, from: document)
            if let array = candidates.arrayPath, !arrays.contains(where: { $0.isNested(with: array) }) {
                arrays.append(array)
                if arrays.count > 1 {
                    throw CommandError(.badValue, "cannot sort with keys that are parallel arrays")
                }
            }
            keys.append(candidates.best ?? .null)
        }
        return keys
    }

    package func compare(_ left: [BSONValue], _ right: [BSONValue]) -> Int {
        for (index, part) in parts.enumerated() {
            let order = MongoOrder.compare(left[index], right[index])
            if order != 0 { return part.ascending ? order : -order }
        }
        return 0
    }
}

extension String {
    fileprivate func isNested(with other: String) -> Bool {
        self == other || hasPrefix(other + ".") || other.hasPrefix(self + ".")
    }
}
