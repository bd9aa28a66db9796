import BSON

extension BSONDocument {
    /// The fields of a DBRef, whose dollars mean no operator.
    static let referenceKeys: Set<String> = ["$ref", "$id", "$db"]

    /// Whether a query reads this as operators and not as a value.
    var isOperators: Bool {
        guard let first = elements.first?.key, first.utf8.first == UInt8(ascii: "$") else { return false }
        return first != "$id" && first != "$ref" && first != "$db"
    }

    /// About what it takes in memory.
    var approximateSize: Int { elements.reduce(32) { $0 + $1.key.utf8.count + $1.value.approximateSize } }

    static func + (left: BSONDocument, right: BSONDocument) -> BSONDocument {
        BSONDocument(elements: left.elements + right.elements)
    }

    /// Sets (or with nil removes) the value at a path, making documents on the way.
    mutating func setNested(_ path: ArraySlice<String>, _ value: BSONValue?) {
        guard let name = path.first else { return }
        guard path.count > 1 else { return self[name] = value }
        var inner = document(name) ?? [:]
        inner.setNested(path.dropFirst(), value)
        self[name] = .document(inner)
    }
}
