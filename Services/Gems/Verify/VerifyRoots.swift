import BSON
import Domain
import Ledger
import MongoClient
import Records
import Security

/// Compares the published roots with what the entries come to now.
///
/// Takes people in the order of the replay, from the highest id to the lowest, which is the order of the leaves: of each
/// day only the tree's few open subtrees are kept.
struct VerifyRoots {
    private struct Day {
        var tree = MerkleTree()
        var entries: Int64 = 0
    }

    private var days: [String: Day] = [:]

    mutating func take(_ audit: LedgerAudit) {
        for part in audit.days {
            let head = DayHead(user: audit.userID, seq: part.seq, hash: part.hash)
            days["\(part.day)", default: Day()].tree.append(head.leaf)
            days["\(part.day)", default: Day()].entries += part.entries
        }
    }

    /// - Parameter latest: days that were not over then are left out.
    func check(_ report: inout VerifyBooks.Report, database: MongoDatabase, until latest: Instant?) async throws {
        let keys = try await RootKeys(database: database).published()
        var faults: [String] = []
        var previous: LedgerRoot?
        var count = 0
        for row in try await database.collection(GemCollections.roots.name).find([:], sort: ["_id": 1]) {
            let signed = try SignedRoot(row)
            if let latest, signed.root.day >= latest.utcDay { break }
            count += 1
            faults += try self.faults(of: signed, after: previous, keys).map { "root of \(signed.root.day): \($0)" }
            previous = signed.root
        }
        report.roots = count
        report.disagreements += faults
    }

    private func faults(of signed: SignedRoot, after previous: LedgerRoot?, _ keys: [RootKeys.Key]) throws -> [String] {
        var faults: [String] = []
        let day = days[signed.root.day] ?? Day()
        if day.entries != signed.root.entries {
            faults.append("\(signed.root.entries) entries were signed and \(day.entries) are there")
        }
        if day.tree.root != signed.root.root { faults.append("the day's entries are not those that were signed") }
        if signed.root.previousRoot != previous?.root { faults.append("does not follow the day before") }
        if let previous, CivilDate(previous.day)?.adding(days: 1).description != signed.root.day {
            faults.append("days before it are missing")
        }
        guard let key = keys.first(where: { $0.id == signed.kid }) else { return faults + ["its key is not known"] }
        if try !RootKeys.isValid(signed, key: key) { faults.append("its signature is not valid") }
        return faults
    }
}
