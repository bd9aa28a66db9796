/// Where pictures live: a folder on a laptop, an S3-compatible store elsewhere.
///
/// Objects are written once under a key that is never reused, so a reader may keep what it read for ever.
package protocol ObjectStore: Sendable {
    /// Stores an object; when this returns, it is durable. Writing the same key again replaces it.
    func put(_ key: ObjectKey, _ bytes: [UInt8], contentType: String) async throws(ObjectStoreError)

    /// - Throws: `missing` when there is no such object.
    func get(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject

    /// Deletes an object; one that is not there is no error.
    func delete(_ key: ObjectKey) async throws(ObjectStoreError)

    /// Whether the store answers, for readiness.
    func ping() async throws(ObjectStoreError)
}

package struct StoredObject: Sendable, Equatable {
    package let bytes: [UInt8]
    package let contentType: String

    package init(bytes: [UInt8], contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
    }
}

/// Keeps nothing: for a process that only prints what its routes declare.
package struct NoObjectStore: ObjectStore {
    package init() {}

    package func put(_ key: ObjectKey, _ bytes: [UInt8], contentType: String) async throws(ObjectStoreError) {
        throw .refused("there is no store")
    }
    package func get(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject { throw .missing }
    package func delete(_ key: ObjectKey) async throws(ObjectStoreError) {}
    package func ping() async throws(ObjectStoreError) { throw .refused("there is no store") }
}

/// What went wrong, by what the caller can do.
package enum ObjectStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case missing
    /// Not a key: the caller's mistake.
    case invalidKey(String)
    /// The store does not answer or has too much waiting; retry later.
    case unavailable(String)
    /// The store refuses: credentials, permissions, a missing bucket.
    case refused(String)

    package var description: String {
        switch self {
        case .missing: "no such object"
        case .invalidKey(let key): "not an object key: \(key.prefix(80))"
        case .unavailable(let reason): "object store unavailable: \(reason)"
        case .refused(let reason): "object store refused: \(reason)"
        }
    }
}

/// The name of an object: segments of letters, digits, `.`, `_`, `-`, parted by `/`; no segment starts with a dot.
///
/// So narrow that no key can leave a folder, need escaping in an address, or meet the store's temporary files.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    package static let longest = 200
    package let text: String

    package init(_ text: String) throws(ObjectStoreError) {
        let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isValid = (1...Self.longest).contains(text.utf8.count) && segments.allSatisfy(Self.isSegment)
        guard isValid else { throw .invalidKey(text) }
        self.text = text
    }

    package var description: String { text }

    private static func isSegment(_ segment: Substring.UTF8View) -> Bool {
        guard let first = segment.first, first != UInt8(ascii: ".") else { return false }
        return segment.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
