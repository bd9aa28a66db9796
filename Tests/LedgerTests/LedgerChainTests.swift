import Domain
import MongoClient
import Records
import Security
import TestSupport
import Testing

@testable import Ledger

/// Live: entries of several people made together.
struct LedgerChainTests {
    private static func posting(_ key: String) -> Posting {
        Posting(.earn(base: 1, multiplier: 1), source: .admin, account: .promotions, key: key)
    }

    /// Entries of one person, the first after `head`.
    private func chain(
        of user: UserID, _ keys: [String], after head: LedgerHead = LedgerHead(), in ledger: Ledger
    ) throws -> [NewEntry] {
        var made: [NewEntry] = []
        for key in keys {
            made.append(
                try ledger.next(
                    Self.posting(key), of: user, after: made.last?.entry.head ?? head,
                    at: ledger.currentTime))
        }
        return made
    }

    @Test func `a chain that loses its number ends there, and takes no other with it`() async throws {
        try await withDatabase(threads: 4) { client in
            try await Migrator(client.database).migrate(GemCollections.all)
            let ledger = Ledger(database: client.database)
            let users = (0..<9).map { _ in UserID.new() }
            // Every third writer has been overtaken: at its first entry.
            for user in users.enumerated() where user.offset % 3 == 0 {
                try await ledger.award(7, to: user.element, source: .admin, key: "before")
            }
            let chains = try users.enumerated().map { place, user in
                try chain(of: user, place < 6 ? ["a"] : ["a", "b", "c"], in: ledger)
            }
            #expect(try await ledger.append(chains) == [0, 1, 1, 0, 1, 1, 0, 3, 3])
            // Once more is a lost race for everybody.
            #expect(try await ledger.append(chains) == [Int](repeating: 0, count: 9))
            for (place, user) in users.enumerated() {
                let entries = try await ledger.entries(of: user, limit: 10)
                #expect(entries.map(\.key) == (place % 3 == 0 ? ["before"] : place < 6 ? ["a"] : ["c", "b", "a"]))
                for (newer, older) in zip(entries, entries.dropFirst()) { #expect(newer.previousHash == older.hash) }
                // What was stored is what was signed.
                for entry in entries { #expect(SHA256.hash(entry.signedBytes) == entry.hash) }
            }
        }
    }
}
