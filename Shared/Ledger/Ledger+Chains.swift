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
        // Told to the database and to the stream: made once.
        var left = chains.indices.flatMap { chain in
            chains[chain].map { (chain: chain, told: Told($0)) }
        }
        var inserted: [Told] = []
        while !left.isEmpty {
            var writes = EncodedWrites(reserving: left.count * 1_280)
            for (_, told) in left { writes.insert { told.entry.write(told.events, to: &$0) } }
            let result: BulkResult
            do throws(MongoError) {
                result = try await entries.bulk(writes)
            } catch {
                throw LedgerError(error)
            }
            let stop = result.refusals.first
            let end = stop?.index ?? left.count
            for (chain, told) in left[..<end] {
                made[chain] += 1
                inserted.append(told)
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

    /// An entry and what it tells. A class: an entry is large, and hundreds are handed on together.
    private final class Told: Sendable {
        let entry: LedgerEntry
        let events: [OutgoingEvent]

        init(_ entry: LedgerEntry) {
            self.entry = entry
            events = entry.events
        }
    }

    private func deliver(_ told: [Told]) async {
        LedgerMetrics.count(told.lazy.map { (source: $0.entry.source, amount: $0.entry.amount) })
        guard let outbox, !told.isEmpty else { return }
        await outbox.deliver(told.map { (["_id": .id($0.entry.id), "userId": .id($0.entry.userID)], $0.events) })
    }
}
