/// Index keys from `lower` up to, not including, `upper`.
struct KeyRange: Equatable {
    var lower: [UInt8] = []
    var upper: [UInt8] = [0xFF, 0xFF]
    var isPoint = false

    static let all = KeyRange()

    var isEmpty: Bool { !lower.lexicographicallyPrecedes(upper) }

    func contains(_ key: [UInt8]) -> Bool {
        !key.lexicographicallyPrecedes(lower) && key.lexicographicallyPrecedes(upper)
    }

    /// The least key that is greater than all that begin with `prefix`.
    static func after(_ prefix: [UInt8]) -> [UInt8] {
        guard let place = prefix.lastIndex(where: { $0 < 0xFF }) else { return [0xFF, 0xFF, 0xFF, 0xFF, 0xFF] }
        return Array(prefix[..<place]) + [prefix[place] + 1]
    }

    /// The same values as they stand in a descending component of a key.
    var inverted: KeyRange {
        KeyRange(lower: Self.after(upper.map { ~$0 }), upper: Self.after(lower.map { ~$0 }), isPoint: isPoint)
    }

    func intersection(_ other: KeyRange) -> KeyRange {
        KeyRange(
            lower: lower.lexicographicallyPrecedes(other.lower) ? other.lower : lower,
            upper: other.upper.lexicographicallyPrecedes(upper) ? other.upper : upper,
            isPoint: isPoint || other.isPoint)
    }
}

extension KeyRange {
    init(prefix: [UInt8], isPoint: Bool = false) {
        self.init(lower: prefix, upper: Self.after(prefix), isPoint: isPoint)
    }
}
