import BSON
import Domain
import Ledger
import MongoClient
import Records
import ServiceKit
import Telemetry

/// Buys a good: one ledger entry takes the price and grants what was bought.
struct BuyGoods: Sendable {
    let ledger: Ledger
    let catalog: ProductCatalog
    let users: UserLookup
    let gifts: GiftCards
    let entitlements: EntitlementRows

    func callAsFunction(
        _ productID: String, for user: UserID, recipientUsername: String?, request: RequestKey
    ) async throws -> Purchase {
        guard let product = try await catalog.product(productID) else { throw PurchaseError.unknownProduct }
        if product.kind == .giftCard {
            return try await buyGift(product, for: user, recipientUsername: recipientUsername, request: request)
        }
        if recipientUsername != nil { throw PurchaseError.onlyGiftsHaveRecipients }
        let digest = request.digest
        let key = product.isUnique ? Ledger.ownershipKey(product.id) : "buy:\(digest)"
        let outcome = try await ledger.purchase(
            product.priceGems, by: user, source: product.kind.source, key: key, requestKey: digest,
            productID: product.id, productVersion: product.version, description: product.name
        ) { head, now in product.grant(after: head, at: now) }
        // The entry of another request: the good is owned. The entry of this one: its first try got through.
        guard outcome.isNew || outcome.entry.requestKey == digest else { throw PurchaseError.alreadyOwned }
        await entitlements.store(outcome.entry)
        return Purchase(id: request.objectID("purchase"), productID: product.id, entry: outcome.entry)
    }

    private func buyGift(
        _ product: Product, for user: UserID, recipientUsername: String?, request: RequestKey
    ) async throws -> Purchase {
        var recipient: UserID?
        if let name = recipientUsername {
            guard let found = try await users.byUsername(name) else { throw PurchaseError.unknownRecipient }
            guard found.id != user else { throw PurchaseError.ownGift }
            recipient = found.id
        }
        let bought = try await gifts.buy(product, for: user, recipient: recipient, request: request.digest)
        return Purchase(
            id: request.objectID("purchase"), productID: product.id, entry: bought.entry,
            code: recipient == nil ? bought.code : nil)
    }
}

/// The rows of `entitlements`, which follow from the entries that bought them.
struct EntitlementRows: Sendable {
    private let collection: MongoCollection
    private let log: Logger

    init(database: MongoDatabase, log: Logger) {
        collection = database.collection(GemCollections.entitlements.name)
        self.log = log
    }

    /// Never fails: the entry is what counts, and the sweeper writes the row that this could not.
    func store(_ entry: LedgerEntry) async {
        do {
            try await insert(entry)
        } catch {
            log.warning("an entitlement's row waits for the sweeper", ["entry": entry.id.hex, "reason": "\(error)"])
        }
    }

    func insert(_ entry: LedgerEntry) async throws(MongoError) {
        guard let entitlement = Entitlement(entry) else { return }
        var document: BSONDocument = [
            "_id": .id(entitlement.id), "userId": .id(entitlement.userID), "kind": .string(entitlement.grant.kind),
            "productId": .string(entitlement.grant.productID), "transactionId": .id(entry.id),
            "createdAt": .instant(entry.createdAt),
        ]
        document.append("expiresAt", ifPresent: entitlement.grant.expiresAt.map { .instant($0) })
        do throws(MongoError) {
            try await collection.insert(document)
        } catch {
            if !error.isDuplicateKey { throw error }
        }
    }
}
