import BSON
import CSQLite

/// What happens in the background: expired documents go, transactions and cursors that were left alone end.
struct Housekeeping {
    let server: Server

    private static let tickMS: Int64 = 1000
    private static let ticksBetweenTrims = 10
    private static let sessionRecordsKeptMS: Int64 = 30 * 60_000

    func run() {
        var ticks = 0
        while !server.isStopping {
            Clock.pause(milliseconds: Self.tickMS)
            server.sessions.expire()
            server.cursors.expire()
            ticks += 1
            if ticks % Self.ticksBetweenTrims == 0 { malloc_trim(0) }
            if ticks % server.options.expiryIntervalSeconds == 0 {
                try? removeExpired()  // tried again at the next pass
                try? server.store.forgetSessions(unusedSince: Clock.wall - Self.sessionRecordsKeptMS)  // as above
            }
        }
    }

    /// One pass over all TTL indexes.
    func removeExpired() throws {
        for collection in server.store.catalog.collections.values {
            for index in collection.indexes {
                guard let seconds = index.expireAfterSeconds else { continue }
                try removeExpired(collection, index, before: Clock.wall - seconds * 1000)
            }
        }
    }

    /// In small commits, so that writers get their turn.
    private func removeExpired(_ collection: CollectionInfo, _ index: IndexInfo, before limit: Int64) throws {
        let field = index.fields[0]
        let matcher = try Matcher(filter: [field.path: ["$lt": .date(limit)]])
        let access = IndexCandidate(index, conjuncts: [(field.path, .less(.date(limit), orEqual: false))])
        guard let plan = access.map({ Plan(access: $0.access(reverse: false), providesSort: false) }) else { return }
        while !server.isStopping {
            let removed = try server.store.write { writer -> Int in
                guard let current = writer.catalog[collection.namespace], current.number == collection.number else {
                    return 0
                }
                let scan = CandidateScan(plan, over: current)
                var found: [(RecordID, BSONDocument)] = []
                while found.count < 100, let next = try scan.next(in: writer) {
                    let document = try BSONDocument(bytes: next.document)
                    if try matcher.matches(document) { found.append((next.record, document)) }
                }
                scan.pause()
                for (record, document) in found {
                    do { try writer.delete(record, document, from: current) } catch is HeldByTransaction { continue }
                }
                return found.count
            }
            if removed < 100 { return }
        }
    }
}
