import Domain
import Events
import Ledger

/// Pays the referrer when a newcomer counts; the better price of votes for both follows from the referral itself.
struct AwardReferrals: Sendable {
    let pay: PayBonus

    func callAsFunction(_ event: ReferralValidated) async throws {
        try await pay(
            Bonus(
                user: event.referrerID, key: "referral:\(event.newcomerID.hex)",
                gems: Gems(pay.economy.referralGems), source: .referral,
                reference: ("referral", event.newcomerID.hex), description: "Somebody you brought has settled in"))
    }
}
