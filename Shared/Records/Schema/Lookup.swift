package import BSON
package import MongoClient

/// Reading one collection's records by key: what other services may do with what they do not own.
package struct Lookup<R: Record>: Sendable {
    package let collection: MongoCollection

    package init(_: R.Type = R.self, in database: MongoDatabase) {
        collection = database.collection(R.collection.name)
    }

    package func byID(_ id: BSONValue) async throws -> R? {
        try await collection.findByID(id).map { document in try R(document) }
    }

    /// In no particular order; ids that are not there are left out.
    package func byIDs(_ ids: [BSONValue]) async throws -> [R] {
        guard !ids.isEmpty else { return [] }
        return try await matching(["_id": ["$in": .array(ids)]])
    }

    package func first(_ filter: BSONDocument, sort: BSONDocument? = nil) async throws -> R? {
        try await collection.findOne(filter, sort: sort).map { document in try R(document) }
    }

    package func matching(
        _ filter: BSONDocument, sort: BSONDocument? = nil, skip: Int = 0, limit: Int = 0
    ) async throws -> [R] {
        try await collection.find(filter, sort: sort, skip: skip, limit: limit).map { document in try R(document) }
    }
}
