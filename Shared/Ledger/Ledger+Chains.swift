import BSON
package import Domain
import Events
import MongoClient
import Records

extension Ledger {
    /// The entry that a posting makes after `head`, to be made by `append`.
    ///
    /// - Parameter time: the entry's, by which it was decided.
    package func next(
        _ posting: Posting, of user: UserID, after head: LedgerHead, at time: Instant
    ) throws(LedgerError) -> NewEntry {
        try Self.entry(posting, of: user, after: head, at: time)
    }

    /// Makes the entries of several people's chains: those that are alone in theirs in one round trip, the others in as
    /// few as there are lost races, plus one.
    ///
    /// An entry is never tried when the one before it was not made: a chain that loses its number to another writer ends
    /// there, and whoever asked decides again from the new head.
    /// - Returns: how many entries of each chain were made.
    /// - Throws: `store`: entries may have been made; a later attempt from new heads is safe.
    package func append(_ chains: [[NewEntry]]) async throws(LedgerError) -> [Int] {
        var made = [Int](repeating: 0, count: chains.count)
        var inserted: [NewEntry] = []
        do throws(LedgerError) {
            try await appendAlone(chains, &made, &inserted)
            try await appendInOrder(chains, &made, &inserted)
        } catch {
            await deliver(inserted)
            throw error
        }
        await deliver(inserted)
        return made
    }

    /// Nothing follows these: whichever lose, the others stand.
    private func appendAlone(
        _ chains: [[NewEntry]], _ made: inout [Int], _ inserted: inout [NewEntry]
    ) async throws(LedgerError) {
        let alone = chains.indices.filter { chains[$0].count == 1 }
        guard !alone.isEmpty else { return }
        let refusals = try await insert(alone.map { chains[$0][0] }, ordered: false)
        var lost = Set(refusals.map(\.index))
        for (place, chain) in alone.enumerated() where lost.remove(place) == nil {
            made[chain] = 1
            inserted.append(chains[chain][0])
        }
        for refusal in refusals {
            guard case .duplicateKey = refusal.error else { throw LedgerError(refusal.error) }
        }
    }

    private func appendInOrder(
        _ chains: [[NewEntry]], _ made: inout [Int], _ inserted: inout [NewEntry]
    ) async throws(LedgerError) {
        var left = chains.indices.filter { chains[$0].count > 1 }.flatMap { chain in
            chains[chain].map { (chain: chain, entry: $0) }
        }
        while !left.isEmpty {
            let stop = try await insert(left.map(\.entry), ordered: true).first
            let end = stop?.index ?? left.count
            for (chain, entry) in left[..<end] {
                made[chain] += 1
                inserted.append(entry)
            }
            guard let stop else { return }
            guard case .duplicateKey = stop.error else { throw LedgerError(stop.error) }
            let lost = left[end].chain
            left = left[end...].filter { $0.chain != lost }
        }
    }

    private func insert(_ new: [NewEntry], ordered: Bool) async throws(LedgerError) -> [BulkResult.Refusal] {
        var writes = EncodedWrites(reserving: new.count * 1_280)
        for entry in new { writes.insert { entry.write(to: &$0) } }
        do throws(MongoError) {
            return try await entries.bulk(writes, ordered: ordered).refusals
        } catch {
            throw LedgerError(error)
        }
    }

    private func deliver(_ new: [NewEntry]) async {
        LedgerMetrics.count(new.lazy.map { (source: $0.entry.source, amount: $0.entry.amount) })
        guard let outbox, !new.isEmpty else { return }
        await outbox.deliver(new.map { (["_id": .id($0.entry.id), "userId": .id($0.entry.userID)], $0.events) })
    }
}
