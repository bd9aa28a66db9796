import Domain
import HTTPServer
import JSON
import Ledger
import ServiceKit

/// What gems buy.
struct ProductRoutes: RouteGroup {
    let catalog: ProductCatalog
    let ledger: Ledger
    let buy: BuyGoods
    let gifts: GiftCards

    var routes: [Route] {
        [
            Route(
                .get, "/v1/gems/products", operation: "listProducts", summary: "What gems buy.",
                access: .optionalCaller, query: QueryParameter.page,
                answers: [Answer(.ok, .page(of: ProductView.schema))], errors: [.invalidCursor],
                ready: { request in request.hasQuery ? nil : catalog.snapshot.list }, handler: products),
            Route(
                .post, "/v1/gems/purchases", operation: "purchase", summary: "Buys a product.", access: .caller,
                idempotency: .required, body: PurchaseBody.self, answers: [Answer(.created, Purchase.schema)],
                errors: [.insufficientGems, .alreadyOwned, .notFound], handler: purchase),
            Route(
                .post, "/v1/gems/gift-cards/redeem", operation: "redeemGiftCard", summary: "Redeems a gift card.",
                access: .caller, idempotency: .required, body: RedeemBody.self,
                answers: [Answer(.created, Purchase.schema)], errors: [.notFound, .giftCardUnusable], handler: redeem),
        ]
    }

    @Sendable private func products(_ request: Request) async throws -> Response {
        let snapshot = catalog.snapshot
        let page = try request.page()
        let offset = try page.cursor.map { json throws(Problem) in try ProductCursor(json).offset } ?? 0
        var owned: Set<String>?
        if let caller = request.caller {
            let now = ledger.currentTime
            owned = Set(
                try await ledger.entitlements(of: caller.userID).filter { $0.isValid(at: now) }.map(\.grant.productID))
        }
        let shown = snapshot.products.dropFirst(offset).prefix(page.limit)
        let end = offset + shown.count
        return .page(
            shown.map { product in ProductView(product: product, owned: owned.map { $0.contains(product.id) }) },
            nextCursor: end < snapshot.products.count ? ProductCatalog.Snapshot.cursor(after: end) : nil)
    }

    @Sendable private func purchase(_ request: Request, _ body: PurchaseBody) async throws -> Response {
        let made = try await buy(
            body.productID, for: try request.requireCaller().userID, recipientUsername: body.recipientUsername,
            request: try request.requestKey())
        return .json(.created, made)
    }

    @Sendable private func redeem(_ request: Request, _ body: RedeemBody) async throws -> Response {
        let key = try request.requestKey()
        let redeemed = try await gifts.redeem(
            code: body.code, by: try request.requireCaller().userID, request: key.digest)
        return .json(
            .created,
            Purchase(id: key.objectID("purchase"), productID: redeemed.card.productID, entry: redeemed.entry))
    }
}

struct PurchaseBody: RequestBody {
    let productID: String
    let recipientUsername: String?

    static let schema = ObjectSchema([
        .required("productId", .string(min: 1, max: 64)), .optional("recipientUsername", .string(min: 1, max: 30)),
    ])

    init(_ fields: ValidatedObject) throws {
        productID = try fields.string("productId")
        recipientUsername = fields.optionalString("recipientUsername")
    }
}

struct RedeemBody: RequestBody {
    let code: String

    static let schema = ObjectSchema([.required("code", .string(min: 1, max: 64))])

    init(_ fields: ValidatedObject) throws { code = try fields.string("code") }
}
