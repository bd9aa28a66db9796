import BSON

/// What a group may hold in memory, as in MongoDB. It does not go on on disk, whatever `allowDiskUse` says.
struct MemoryBudget {
    private static let maximumMB = 100

    let owner: String
    private(set) var used = 0

    mutating func take(_ bytes: Int) throws {
        used += bytes
        try require(
            used <= Self.maximumMB << 20, .queryExceededMemoryLimitNoDiskUseAllowed,
            "\(owner) exceeded its memory limit of \(Self.maximumMB) MB")
    }
}

extension BSONValue {
    var approximateSize: Int {
        switch self {
        case .string(let text), .symbol(let text), .javascript(let text): 24 + text.utf8.count
        case .document(let document): document.approximateSize
        case .array(let elements): elements.reduce(32) { $0 + $1.approximateSize }
        case .binary(let data): 24 + data.bytes.count
        default: 24
        }
    }
}
