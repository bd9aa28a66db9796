import BSON
package import Domain
import Events
import MongoClient
import Records

extension Ledger {
    /// The entries that postings make one after the other: the first stands after `head`, each other after the one before.
    package func chain(
        _ postings: [Posting], of user: UserID, after head: LedgerHead
    ) throws(LedgerError) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        var head = head
        for posting in postings {
            let entry = try Self.entry(posting, of: user, after: head, at: currentTime)
            entries.append(entry)
            head = entry.head
        }
        return entries
    }

    /// Makes the entries of several people's chains in as few round trips as there are lost races, plus one.
    ///
    /// In order, so that an entry is never tried when the one before it was not made: a chain that loses its number to
    /// another writer ends there, and whoever asked decides again from the new head.
    /// - Returns: how many entries of each chain were made.
    /// - Throws: `store`: entries may have been made; a later attempt from new heads is safe.
    package func append(_ chains: [[LedgerEntry]]) async throws(LedgerError) -> [Int] {
        var made = [Int](repeating: 0, count: chains.count)
        var left = chains.indices.flatMap { chain in chains[chain].map { (chain: chain, entry: $0) } }
        var inserted: [LedgerEntry] = []
        while !left.isEmpty {
            let operations = left.map { WriteOperation.insert($0.entry.documentWithOutbox) }
            let result: BulkResult
            do throws(MongoError) {
                result = try await entries.bulk(operations)
            } catch {
                throw LedgerError(error)
            }
            let stop = result.refusals.first
            let end = stop?.index ?? left.count
            for (chain, entry) in left[..<end] {
                made[chain] += 1
                inserted.append(entry)
            }
            guard let stop else { break }
            guard case .duplicateKey = stop.error else {
                await deliver(inserted)
                throw LedgerError(stop.error)
            }
            let lost = left[end].chain
            left = left[end...].filter { $0.chain != lost }
        }
        await deliver(inserted)
        return made
    }

    private func deliver(_ entries: [LedgerEntry]) async {
        LedgerMetrics.count(entries)
        guard let outbox, !entries.isEmpty else { return }
        await outbox.deliver(entries.map { (["_id": .id($0.id), "userId": .id($0.userID)], $0.events) })
    }
}

extension LedgerEntry {
    /// As it is inserted: with the events that it tells.
    var documentWithOutbox: BSONDocument {
        var document = document
        document.append("outbox", events.outbox)
        return document
    }
}
