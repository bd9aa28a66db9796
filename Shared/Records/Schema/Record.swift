package import BSON
package import Domain
package import MongoClient

/// A document of one collection, as a value.
package protocol Record: Sendable {
    static var collection: CollectionDeclaration { get }

    init(_ document: BSONDocument) throws(BSONError)

    var document: BSONDocument { get }
}

extension CollectionDeclaration {
    /// A collection whose documents have just these fields.
    init(_ name: String, _ fields: Fields, indexes: [IndexDeclaration] = [], shardKey: [String] = ["_id"]) {
        self.init(name: name, schema: fields.schema, indexes: indexes, shardKey: shardKey)
    }
}

extension BSONValue {
    package static func id<Tag>(_ id: Tagged<Tag>) -> BSONValue { .objectID(id.objectID) }
    package static func instant(_ instant: Instant) -> BSONValue { .date(instant.milliseconds) }
    package static func gems(_ gems: Gems) -> BSONValue { .int64(gems.count) }
    package static func strings(_ strings: [String]) -> BSONValue { .array(strings.map { .string($0) }) }
}

extension BSONDocument {
    package func requireID<Tag>(_ key: String, as _: Tagged<Tag>.Type = Tagged<Tag>.self) throws(BSONError) -> Tagged<
        Tag
    > {
        Tagged(try requireObjectID(key))
    }

    package func id<Tag>(_ key: String, as _: Tagged<Tag>.Type = Tagged<Tag>.self) -> Tagged<Tag>? {
        objectID(key).map { Tagged($0) }
    }

    package func requireInstant(_ key: String) throws(BSONError) -> Instant {
        Instant(milliseconds: try requireDate(key))
    }
    package func instant(_ key: String) -> Instant? { date(key).map(Instant.init(milliseconds:)) }
    package func requireGems(_ key: String) throws(BSONError) -> Gems { Gems(try requireInt64(key)) }
}
