import BSON
import Domain
import Ledger
import MongoClient
import Records
import Telemetry

/// Gift cards: bought into escrow, redeemed or voided out of it, each once.
///
/// The buyer's entry commits the purchase; the card's state (compare-and-set) decides between redeeming and voiding; the
/// entry that follows is made once for its key. The sweeper finishes what a crash left between these steps.
struct GiftCards: Sendable {
    let ledger: Ledger
    let economy: EconomyConfiguration
    private let cards: MongoCollection

    init(ledger: Ledger, database: MongoDatabase, economy: EconomyConfiguration) {
        self.ledger = ledger
        self.economy = economy
        cards = database.collection(GemCollections.giftCards.name)
    }

    /// Pays for a card, and hands it to `recipient` where there is one.
    func buy(
        _ product: Product, for buyer: UserID, recipient: UserID?, request: String
    ) async throws -> (entry: LedgerEntry, code: String?) {
        let prepared = try await prepare(product, buyer, request)
        let entry = try await pay(for: prepared, product, recipient: recipient)
        // A retry at the same time may have prepared another card: the entry says which one was paid for.
        let card = entry.referenceID == prepared.id ? prepared : try await self.card(entry.referenceID ?? prepared.id)
        try await transition(card.id, from: .pending, ["state": "issued"])
        if let recipient { _ = try await redeem(card.id, by: recipient, request: "gift:\(request)") }
        return (entry, card.code)
    }

    /// Credits a card to whoever names its code.
    ///
    /// - Parameter request: tells a retry, which gets the first entry again, from a second redemption.
    func redeem(code: String, by user: UserID, request: String) async throws -> (entry: LedgerEntry, card: GiftCard) {
        let id = GiftCode.cardID(of: code)
        return (try await redeem(id, by: user, request: request), try await card(id))
    }

    /// Gives the gems of open cards back to their buyer, the newest first, until `wanted` is covered.
    func voidOpenCards(of buyer: UserID, covering wanted: Gems) async throws {
        var recovered: Gems = 0
        let open = try await cards.find(
            ["buyerId": .id(buyer), "state": ["$in": ["pending", "issued"]]], sort: ["createdAt": -1])
        for document in open where recovered < wanted {
            let card = try GiftCard(document)
            guard try await isPaid(card) else { continue }
            guard try await transition(card.id, from: nil, ["state": "voided"]) else { continue }
            try await refund(card)
            recovered = recovered + card.amount
        }
    }

    /// Brings a card to where its state says it is going.
    func finish(_ card: GiftCard) async throws {
        switch card.state {
        case .pending:
            if try await isPaid(card) {
                try await transition(card.id, from: .pending, ["state": "issued"])
            } else {
                _ = try await cards.delete(["_id": .string(card.id), "state": "pending"])
            }
        case .issued: break
        case .redeemed:
            if let user = card.redeemedBy { _ = try await credit(card, to: user, request: card.redeemKey) }
        case .voided: try await refund(card)
        }
    }

    /// Cards whose state moved a while ago, for the sweeper.
    func unsettled(before latest: Instant, limit: Int) async throws -> [GiftCard] {
        let found = try await cards.find(
            [
                "state": ["$in": ["pending", "redeemed", "voided"]],
                "updatedAt": ["$gt": .instant(latest - .hours(48)), "$lte": .instant(latest)],
            ], sort: ["updatedAt": 1], limit: limit)
        var decoded: [GiftCard] = []
        for document in found { decoded.append(try GiftCard(document)) }
        return decoded
    }

    private func prepare(_ product: Product, _ buyer: UserID, _ request: String) async throws -> GiftCard {
        if let found = try await cards.findOne(["buyerId": .id(buyer), "requestKey": .string(request)]) {
            return try GiftCard(found)
        }
        let card = GiftCard(product: product, buyer: buyer, requestKey: request, at: ledger.currentTime)
        try await cards.insert(card.document)
        return card
    }

    private func pay(for card: GiftCard, _ product: Product, recipient: UserID?) async throws -> LedgerEntry {
        let (ledger, age) = (ledger, Duration.hours(economy.giftableAfterHours))
        return try await ledger.post(to: card.buyerID, key: card.purchaseKey) { head, now throws(LedgerError) in
            let young = try await ledger.youngVoteGems(of: card.buyerID, younger: age, at: now)
            guard head.balance - max(0, young) >= card.amount else {
                throw .refused(.insufficientGems(balance: max(0, head.balance - max(0, young)), wanted: card.amount))
            }
            return Posting(
                .spend(card.amount), source: .giftCard, account: .escrow, key: card.purchaseKey,
                requestKey: card.requestKey, reference: ("gift_card", card.id), description: product.name)
        }.entry
    }

    private func redeem(_ id: String, by user: UserID, request: String) async throws -> LedgerEntry {
        var card = try await card(id)
        if card.state == .pending, try await isPaid(card) {
            try await transition(id, from: .pending, ["state": "issued"])
            card = try await self.card(id)
        }
        if card.state == .issued {
            let change: BSONDocument = [
                "state": "redeemed", "redeemedBy": .id(user), "redeemKey": .string(request),
            ]
            try await transition(id, from: .issued, change, removing: "code")
            card = try await self.card(id)
        }
        if card.state == .pending { throw PurchaseError.unknownCard }
        guard card.state == .redeemed, card.redeemedBy == user, card.redeemKey == request else {
            throw PurchaseError.spentCard
        }
        return try await credit(card, to: user, request: request)
    }

    private func credit(_ card: GiftCard, to user: UserID, request: String?) async throws -> LedgerEntry {
        try await ledger.award(
            card.amount, to: user, source: .gift, key: card.giftKey, account: .escrow, requestKey: request,
            reference: ("gift_card", card.id), description: "Gift card"
        ).entry
    }

    private func refund(_ card: GiftCard) async throws {
        try await ledger.post(to: card.buyerID, key: card.voidKey) { _, _ throws(LedgerError) in
            Posting(
                .refund(card.amount), source: .giftCard, account: .escrow, key: card.voidKey,
                reference: ("gift_card", card.id), description: "Gift card voided")
        }
    }

    private func isPaid(_ card: GiftCard) async throws -> Bool {
        try await ledger.entry(of: card.buyerID, key: card.purchaseKey)?.referenceID == card.id
    }

    private func card(_ id: String) async throws -> GiftCard {
        guard let found = try await cards.findByID(.string(id)) else { throw PurchaseError.unknownCard }
        return try GiftCard(found)
    }

    /// Moves a card on, unless somebody else did. Nil as state means: whatever is still open.
    @discardableResult
    private func transition(
        _ id: String, from state: GiftCard.State?, _ change: BSONDocument, removing field: String? = nil
    ) async throws -> Bool {
        let states: BSONValue = state.map { .string($0.rawValue) } ?? ["$in": ["pending", "issued"]]
        var set = change
        set.append("updatedAt", .instant(ledger.currentTime))
        var update: BSONDocument = ["$set": .document(set)]
        if let field { update.append("$unset", .document([field: ""])) }
        return try await cards.update(["_id": .string(id), "state": states], update).modified == 1
    }
}
