import BSON

/// A value as a key of sets and dictionaries: equal as MongoDB compares, so that `1`, `1.0` and decimal 1 are one key.
struct ValueKey: Hashable {
    let value: BSONValue?

    init(_ value: BSONValue?) {
        self.value = value
    }

    static func == (left: ValueKey, right: ValueKey) -> Bool {
        switch (left.value, right.value) {
        case (nil, nil): true
        case (let left?, let right?): MongoOrder.equal(left, right)
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        guard let value else { return hasher.combine(-2) }
        Self.hash(value, into: &hasher)
    }

    private static func hash(_ value: BSONValue, into hasher: inout Hasher) {
        hasher.combine(value.orderRank)
        switch value {
        case .string(let text), .symbol(let text):
            hasher.combine(text.utf8.count)
            for byte in text.utf8 { hasher.combine(byte) }
        case .document(let document):
            for (key, value) in document.elements {
                hasher.combine(key.utf8.count)
                hash(value, into: &hasher)
            }
        case .array(let elements):
            for element in elements { hash(element, into: &hasher) }
        case .objectID(let id): hasher.combine(id)
        case .bool(let flag): hasher.combine(flag)
        case .date(let milliseconds): hasher.combine(milliseconds)
        case .binary(let data): hasher.combine(data.bytes)
        default:
            if let number = Number(value) { hasher.combine(number.hashKey) }
        }
    }
}

extension Number {
    /// Equal for equal numbers of any type. Numbers that only decimals tell apart may share it.
    fileprivate var hashKey: Int64 {
        exactInt64 ?? Int64(bitPattern: (isNaN ? Double.nan : doubleValue).bitPattern)
    }
}
