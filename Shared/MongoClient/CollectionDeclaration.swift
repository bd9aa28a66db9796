package import BSON

/// One index as it is to be; `migrate` makes it so.
package struct IndexDeclaration: Equatable, Sendable {
    package let keys: BSONDocument
    package let isUnique: Bool
    package let isSparse: Bool
    /// Only documents that match are indexed.
    package let partialFilter: BSONDocument?
    /// A document goes this long after the date in the (single) key; zero means at that date.
    package let expireAfter: Duration?

    package init(
        _ keys: BSONDocument, unique: Bool = false, sparse: Bool = false, partial: BSONDocument? = nil,
        expireAfter: Duration? = nil
    ) {
        self.keys = keys
        isUnique = unique
        isSparse = sparse
        partialFilter = partial
        self.expireAfter = expireAfter
    }

    /// The name that MongoDB itself would give: `userId_1_createdAt_-1`.
    package var name: String {
        keys.elements.map { key, direction in
            switch direction {
            case .int32(let sign): "\(key)_\(sign)"
            case .string(let kind): "\(key)_\(kind)"
            default: key
            }
        }.joined(separator: "_")
    }
}

/// One collection as it is to be: declared once, created and checked by `migrate`.
package struct CollectionDeclaration: Equatable, Sendable {
    package let name: String
    /// The `$jsonSchema` that every document must satisfy.
    package let schema: BSONDocument
    package let indexes: [IndexDeclaration]
    /// By what the collection is sharded once it has to be: a unique index must start with these keys.
    package let shardKey: [String]

    package init(name: String, schema: BSONDocument, indexes: [IndexDeclaration] = [], shardKey: [String] = ["_id"]) {
        self.name = name
        self.schema = schema
        self.indexes = indexes
        self.shardKey = shardKey
    }

    /// Unique indexes that a sharded collection could not have, since they do not start with its shard key.
    package var unshardableIndexes: [IndexDeclaration] {
        indexes.filter { $0.isUnique && !$0.keys.elements.map(\.key).starts(with: shardKey) }
    }
}
