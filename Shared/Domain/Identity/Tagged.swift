package import BSON

/// A document's id that knows whose id it is, so that a post's id is never taken for a person's.
///
/// The raw value is a MongoDB ObjectId: 12 bytes, written as 24 lower-case hex digits.
package struct Tagged<Tag>: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let objectID: ObjectID

    package init(_ objectID: ObjectID) {
        self.objectID = objectID
    }

    /// - Parameter hex: exactly 24 hex digits; anything else gives nil.
    package init?(hex: String) {
        guard let objectID = ObjectID(hex: hex) else { return nil }
        self.init(objectID)
    }

    package init?(hexDigits: ArraySlice<UInt8>) {
        guard let objectID = ObjectID(hexDigits: hexDigits) else { return nil }
        self.init(objectID)
    }

    /// A new id, unique across processes.
    package static func new() -> Self { Self(ObjectID()) }

    package var hex: String { objectID.hex }
    /// See `ObjectID.hexWords`.
    package var hexWords: (UInt64, UInt64, UInt64) { objectID.hexWords }
    package var description: String { hex }

    package func _rawHashValue(seed: Int) -> Int { objectID._rawHashValue(seed: seed) }

    package static func < (left: Self, right: Self) -> Bool { left.objectID < right.objectID }
}

extension Tagged: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let objectID = ObjectID(hex: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not 24 hex digits: \(text)"))
        }
        self.init(objectID)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
