import Domain
import Ledger
import MongoClient
import Records

/// What vote gems that fall due now are worth: more within a while of a validated referral.
struct VoteMultipliers: Sendable {
    let referrals: ReferralLookup
    let rules: ReferralRules

    init(database: MongoDatabase, economy: EconomyConfiguration) {
        referrals = ReferralLookup(in: database)
        rules = ReferralRules(economy: economy)
    }

    /// - Parameter newest: when each author's newest vote was accepted.
    /// - Returns: authors whose multiplier is not 1.
    func of(_ newest: [UserID: Instant]) async throws(LedgerError) -> [UserID: Double] {
        guard let earliest = newest.values.min() else { return [:] }
        do throws(MongoError) {
            let validations = try await referrals.validations(
                of: Array(newest.keys), since: earliest - rules.window)
            var multipliers: [UserID: Double] = [:]
            for (person, instants) in validations {
                let multiplier = rules.multiplier(at: newest[person], validations: instants)
                if multiplier != 1 { multipliers[person] = multiplier }
            }
            return multipliers
        } catch {
            throw .store(error)
        }
    }
}
