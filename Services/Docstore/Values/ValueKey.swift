import BSON

/// A value as a key of sets and dictionaries: equal as MongoDB compares, so that `1`, `1.0` and decimal 1 are one key.
struct ValueKey: Hashable {
    /// As indexes encode it: equal values give equal bytes. Nothing for a missing value.
    private let bytes: [UInt8]

    init(_ value: BSONValue?) {
        bytes = value.map { KeyEncoder.encode($0) } ?? []
    }

    func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
