import BSON
import Domain
import Records
import Security

/// Gems on their way from one person to another, in escrow meanwhile.
struct GiftCard: Equatable, Sendable {
    enum State: String, Sendable {
        /// Made; its buyer has perhaps not paid yet.
        case pending
        case issued, redeemed, voided
    }

    /// SHA-256 of the code, in hexadecimal.
    let id: String
    let productID: String
    let amount: Gems
    let buyerID: UserID
    let state: State
    /// Of the purchase.
    let requestKey: String
    /// Kept until the card is redeemed, for retries of the purchase.
    let code: String?
    let redeemedBy: UserID?
    let redeemKey: String?
    let createdAt: Instant

    init(product: Product, buyer: UserID, requestKey: String, at now: Instant) {
        let code = GiftCode.new()
        id = GiftCode.cardID(of: code)
        productID = product.id
        amount = product.priceGems
        buyerID = buyer
        state = .pending
        self.requestKey = requestKey
        self.code = code
        redeemedBy = nil
        redeemKey = nil
        createdAt = now
    }

    init(_ document: BSONDocument) throws(BSONError) {
        id = try document.requireString("_id")
        productID = try document.requireString("productId")
        amount = try document.requireGems("amount")
        buyerID = try document.requireID("buyerId")
        state = try document.requireCase("state")
        requestKey = try document.requireString("requestKey")
        code = document.string("code")
        redeemedBy = document.id("redeemedBy")
        redeemKey = document.string("redeemKey")
        createdAt = try document.requireInstant("createdAt")
    }

    var document: BSONDocument {
        var document: BSONDocument = [
            "_id": .string(id), "productId": .string(productID), "amount": .gems(amount), "buyerId": .id(buyerID),
            "state": .string(state.rawValue), "requestKey": .string(requestKey), "createdAt": .instant(createdAt),
            "updatedAt": .instant(createdAt),
        ]
        document.append("code", ifPresent: code.map { .string($0) })
        return document
    }

    /// The key of the entry by which the buyer paid.
    var purchaseKey: String { "buy:\(requestKey)" }
    /// The key of the entry by which somebody received the gems.
    var giftKey: String { "gift:\(id)" }
    /// The key of the entry that gave them back to the buyer.
    var voidKey: String { "void:\(id)" }
}

/// The codes on gift cards: 16 letters and digits that nobody mistakes for each other, in groups of four.
enum GiftCode {
    private static let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")

    /// 80 random bits.
    static func new() -> String {
        let letters = RandomBytes.generate(16).map { alphabet[Int($0 & 31)] }
        return stride(from: 0, to: 16, by: 4).map { String(letters[$0..<$0 + 4]) }.joined(separator: "-")
    }

    /// However somebody types it: small letters, blanks and missing hyphens do not matter.
    static func cardID(of code: String) -> String {
        SHA256.hexDigest(String(code.uppercased().filter { $0 != "-" && $0 != " " }))
    }
}
