import Domain
import Records

extension Product {
    /// The products of the game's design, put into an empty collection; afterwards the collection is what counts.
    static let standard: [Product] =
        unlocks + [
            Product(
                id: "ad-free-24h", name: "Ad-free for 24 hours", kind: .adFreePass, priceGems: 10, order: 20,
                isUnique: false, validHours: 24),
            Product(id: "frame-bronze", name: "Bronze frame", kind: .cosmetic, priceGems: 3, order: 30),
            Product(id: "theme-aurora", name: "Aurora profile theme", kind: .cosmetic, priceGems: 8, order: 31),
            Product(id: "badge-comet", name: "Comet badge", kind: .cosmetic, priceGems: 15, order: 32),
            Product(id: "frame-gold", name: "Gold frame", kind: .cosmetic, priceGems: 30, order: 33),
            giftCard(10, order: 40), giftCard(50, order: 41), giftCard(100, order: 42),
        ]

    private static var unlocks: [Product] {
        ModelRecord.standard.filter(\.needsUnlock).map { model in
            Product(
                id: model.unlockProductID, name: model.name, kind: .modelUnlock, priceGems: model.unlockGems,
                order: model.order)
        }
    }

    private static func giftCard(_ gems: Gems, order: Int) -> Product {
        Product(
            id: "gift-\(gems.count)", name: "Gift card of \(gems.count) gems", kind: .giftCard, priceGems: gems,
            order: order, isUnique: false)
    }
}
