import Domain
package import HTTPServer
package import Ledger
import MongoClient

/// Why a purchase or a redemption did not happen.
enum PurchaseError: Error, Equatable {
    case unknownProduct
    case alreadyOwned
    case unknownRecipient
    case ownGift
    case onlyGiftsHaveRecipients
    /// Vote gems have to lie for a while before they can become a gift.
    case notGiftable(available: Gems)
    case unknownCard
    /// Redeemed or voided already.
    case spentCard
}

extension PurchaseError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .unknownProduct: Problem(.notFound, "no such product")
        case .alreadyOwned: Problem(.alreadyOwned)
        case .unknownRecipient: .validation("/recipientUsername", "nobody has this name")
        case .ownGift: .validation("/recipientUsername", "is yourself")
        case .onlyGiftsHaveRecipients: .validation("/recipientUsername", "only gift cards go to somebody")
        case .notGiftable(let available):
            Problem(
                .insufficientGems, "gems from votes can be given away after 72 hours; \(available) can be at present")
        case .unknownCard: Problem(.notFound, "no such gift card")
        case .spentCard: Problem(.giftCardUnusable)
        }
    }
}

extension LedgerError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .refused(.insufficientGems(let balance, let wanted)):
            Problem(.insufficientGems, "\(wanted) gems are needed and \(balance) there")
        case .refused(.nothingToClose), .refused(.declined): Problem(.conflict)
        case .store(let error): error.isTemporary ? .unavailable() : Problem(.internalError)
        case .corrupt: Problem(.internalError)
        }
    }
}
