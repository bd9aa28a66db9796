/// A bounded map that forgets what was not asked for lately, at the cost of a dictionary: entries live in a young
/// generation; when it is full it becomes the old one, and what is found there moves back. Public and inlinable as `Locked`
/// is, and for the same reason.
public struct TwoGenerationCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline var young: [Key: Value] = [:]
    @usableFromInline var old: [Key: Value] = [:]
    @usableFromInline let generation: Int

    package init(capacity: Int) { generation = max(1, capacity / 2) }

    var count: Int { young.count + old.count }

    @inlinable public mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    @inlinable public mutating func insert(_ value: Value, for key: Key) {
        if young.count >= generation {
            old = young
            young = [:]
        }
        young[key] = value
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
