import BSON
import Domain
import JSON
import Ledger
import Records

/// Something that gems buy. Data with a version: a new price is a new version, and alters no purchase already made.
struct Product: Equatable, Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case modelUnlock = "model_unlock"
        case featureUnlock = "feature_unlock"
        case adFreePass = "ad_free_pass"
        case cosmetic
        case giftCard = "gift_card"

        /// How the ledger calls its purchase.
        var source: EntrySource {
            switch self {
            case .modelUnlock: .modelUnlock
            case .featureUnlock: .featureUnlock
            case .adFreePass: .adFreePass
            case .cosmetic: .cosmetic
            case .giftCard: .giftCard
            }
        }
    }

    let id: String
    let name: String
    let kind: Kind
    let priceGems: Gems
    let version: Int
    let order: Int
    var active = true
    /// Owned once, for ever; otherwise each purchase is another one.
    var isUnique = true
    /// How long a pass is good for.
    var validHours: Int?

    init(
        id: String, name: String, kind: Kind, priceGems: Gems, version: Int = 1, order: Int, isUnique: Bool = true,
        validHours: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.priceGems = priceGems
        self.version = version
        self.order = order
        self.isUnique = isUnique
        self.validHours = validHours
    }

    init(_ document: BSONDocument) throws(BSONError) {
        id = try document.requireString("_id")
        name = try document.requireString("name")
        kind = try document.requireCase("kind")
        priceGems = try document.requireGems("priceGems")
        version = try document.requireInt("version")
        order = try document.requireInt("order")
        active = try document.requireBool("active")
        isUnique = try document.requireBool("isUnique")
        validHours = document.int("validHours")
    }

    var document: BSONDocument {
        var document: BSONDocument = [
            "_id": .string(id), "name": .string(name), "kind": .string(kind.rawValue), "priceGems": .gems(priceGems),
            "version": .int32(Int32(version)), "order": .int32(Int32(order)), "active": .bool(active),
            "isUnique": .bool(isUnique),
        ]
        document.append("validHours", ifPresent: validHours.map { .int32(Int32($0)) })
        return document
    }

    /// What a purchase grants; nil for what grants nothing that is kept.
    ///
    /// A second pass goes on where the first ends.
    func grant(after head: LedgerHead, at now: Instant) -> Grant? {
        guard kind != .giftCard else { return nil }
        let start = max(now, head.adFreeUntil ?? now)
        return Grant(productID: id, kind: kind.rawValue, expiresAt: validHours.map { start + .hours($0) })
    }
}

/// A product as the API lists it.
struct ProductView: JSONWritable {
    let product: Product
    /// Nil for somebody unknown.
    let owned: Bool?

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", product.id)
            $0.field("name", product.name)
            $0.field("kind", product.kind.rawValue)
            $0.field("priceGems", product.priceGems.count)
            $0.fieldIfPresent("owned", owned)
        }
    }

    static let schema = Schema.named(
        "Product",
        .object(
            .required("id", .string), .required("name", .string),
            .required("kind", .enumeration(Product.Kind.allCases.map(\.rawValue))), .required("priceGems", .integer),
            .optional("owned", .boolean)))
}
