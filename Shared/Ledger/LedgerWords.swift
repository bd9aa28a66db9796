package import Domain

/// What an entry does for its person.
package enum EntryType: String, Sendable, CaseIterable {
    case earn, spend, refund
    case adminAdjust = "admin_adjust"
}

/// Why an entry was made.
package enum EntrySource: String, Sendable, CaseIterable {
    case votes
    case dailyLogin = "daily_login"
    case streakBonus = "streak_bonus"
    case referral
    case trendingBonus = "trending_bonus"
    case modelUnlock = "model_unlock"
    case featureUnlock = "feature_unlock"
    case adFreePass = "ad_free_pass"
    case cosmetic
    case giftCard = "gift_card"
    case gift
    case generation
    case holdVoid = "hold_void"
    case holdCapture = "hold_capture"
    case reversal
    case admin

    /// Purchases whose entry grants something that its owner keeps.
    package static let granting: [EntrySource] = [.modelUnlock, .featureUnlock, .adFreePass, .cosmetic]

    /// The only account that may stand on the other side; nil where an operator decides.
    package var account: SystemAccount? {
        switch self {
        case .votes, .reversal: .mint
        case .modelUnlock, .featureUnlock, .adFreePass, .cosmetic: .burn
        case .dailyLogin, .streakBonus, .referral, .trendingBonus: .promotions
        case .giftCard, .gift, .generation, .holdVoid, .holdCapture: .escrow
        case .admin: nil
        }
    }
}

/// The account on the other side of an entry: a sum over entries, never a document of its own.
package enum SystemAccount: String, Sendable, CaseIterable {
    /// Gems that votes make, and claw-backs return.
    case mint
    /// Goods bought and holds captured: gems that are no more.
    case burn
    /// Reserved for gems sold for money.
    case sales
    /// Bonuses and what operators grant.
    case promotions
    /// Open holds and unredeemed gifts.
    case escrow
}

/// A thing bought, as its entry remembers it: a later price or name alters nothing.
package struct Grant: Equatable, Sendable {
    package let productID: String
    package let kind: String
    package let expiresAt: Instant?

    package init(productID: String, kind: String, expiresAt: Instant? = nil) {
        self.productID = productID
        self.kind = kind
        self.expiresAt = expiresAt
    }
}
