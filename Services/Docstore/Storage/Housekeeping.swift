import BSON
import CSQLite

/// What happens in the background: expired documents go, transactions and cursors that were left alone end.
struct Housekeeping {
    let server: Server

    private static let ticksBetweenTrims = 10
    private static let sessionRecordsKeptMS: Int64 = 30 * 60_000
    /// In one commit, so that writers get their turn.
    private static let removedTogether = 100

    func run() {
        var seconds = 0
        while !server.isStopping {
            Clock.pause(milliseconds: 1000)
            seconds += 1
            server.sessions.expire()
            server.cursors.expire()
            if seconds % Self.ticksBetweenTrims == 0 { malloc_trim(0) }
            if seconds % server.options.expiryIntervalSeconds == 0 {
                try? removeExpired()  // tried again at the next pass
                try? forgetSessions()  // as above
            }
        }
    }

    private func forgetSessions() throws {
        let sql: StaticString = "DELETE FROM retries_# WHERE used < ?1"
        try server.store.write { writer in
            for shard in 0..<Tables.sessionShards {
                try writer.connection.run(sql, shard: shard, Clock.wall - Self.sessionRecordsKeptMS)
            }
        }
    }

    func removeExpired() throws {
        for collection in server.store.catalog.collections.values {
            for index in collection.indexes {
                guard let seconds = index.expireAfterSeconds else { continue }
                let expired: BSONDocument = [index.fields[0].path: ["$lt": .date(Clock.wall - seconds * 1000)]]
                let partial = index.specification["partialFilterExpression"] ?? [:]
                try remove(["$and": [.document(expired), partial]], from: collection)
            }
        }
    }

    private func remove(_ filter: BSONDocument, from collection: CollectionInfo) throws {
        var removal = Modification(query: try Query(filter))
        removal.query.limit = Self.removedTogether
        var removed = Self.removedTogether
        while removed == Self.removedTogether, !server.isStopping {
            removed = try server.store.write { writer in
                guard writer.catalog[collection.namespace]?.number == collection.number else { return 0 }
                return try removal.run(on: collection.namespace, writer, TimeLimit()).matched
            }
        }
    }
}
