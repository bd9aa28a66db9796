import Domain
import JSON
import Ledger
import Telemetry
import Testing

@testable import GemsService
@testable import HTTPServer

struct RouteTests {
    private func caller(_ user: UserID) -> Caller {
        Caller(
            userID: user, sessionID: .new(), deviceID: "d", tier: .free, roles: [],
            accountCreatedAt: Instant(milliseconds: 0), tokenExpiresAt: Instant(milliseconds: .max))
    }

    private func answer(
        _ routes: [Route], _ operation: String, query: [String: String] = [:], body: String = "",
        key: String? = nil, as user: UserID?
    ) async throws -> (status: HTTPStatus, json: JSONObject) {
        let route = try #require(routes.first { $0.operation == operation })
        let request = Request(
            route.method, route.pattern, route: route, query: query,
            headers: key.map { ["Idempotency-Key": $0] } ?? [:], body: Array(body.utf8), caller: user.map(caller))
        let response: Response
        do {
            response = try await route.handler(request)
        } catch let problem as any ProblemConvertible {
            response = problem.problem.response(requestID: "test")
        } catch let problem as Problem {
            response = problem.response(requestID: "test")
        }
        return (response.status, try #require(try JSONParser.parse(response.bytes).object))
    }

    private func routes(_ gems: GemsFixture) -> [Route] {
        ProductRoutes(
            catalog: ProductCatalog(database: gems.database, log: Logger(label: "test")), ledger: gems.ledger,
            buy: gems.buy, gifts: gems.gifts
        ).routes
            + AccountRoutes(ledger: gems.ledger, accounts: GemAccounts(database: gems.database)).routes
    }

    @Test func `the list of products is for everybody, and says what a caller owns`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            let routes = routes(gems)
            let anonymous = try await answer(routes, "listProducts", as: nil)
            let items = try #require(anonymous.json["items"]?.array)
            #expect(items.count == Product.standard.count)
            #expect(items.allSatisfy { $0.object?["owned"] == nil })
            try await gems.give(3, to: user)
            _ = try await gems.purchase("model-sketch-plus", by: user, key: "a")
            let own = try await answer(routes, "listProducts", as: user)
            let owned = try #require(own.json["items"]?.array).filter { $0.object?["owned"]?.bool == true }
            #expect(owned.compactMap { $0.object?["id"]?.string } == ["model-sketch-plus"])
            let first = try await answer(routes, "listProducts", query: ["limit": "4"], as: nil)
            let cursor = try #require(first.json["nextCursor"]?.string)
            let rest = try await answer(routes, "listProducts", query: ["limit": "100", "cursor": cursor], as: nil)
            #expect(rest.json["items"]?.array?.count == items.count - 4 && rest.json["nextCursor"]?.isNull == true)
        }
    }

    @Test func `a purchase answers 201 with its entry, 402 and 409 when it cannot be`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            let routes = routes(gems)
            let body = #"{"productId": "model-sketch-plus"}"#
            let poor = try await answer(routes, "purchase", body: body, key: "a", as: user)
            #expect(poor.status == .paymentRequired && poor.json["code"]?.string == "insufficient-gems")
            try await gems.give(10, to: user)
            let bought = try await answer(routes, "purchase", body: body, key: "a", as: user)
            #expect(bought.status == .created)
            #expect(bought.json["transaction"]?.object?["amount"]?.int64 == -3)
            #expect(bought.json["entitlement"]?.object?["productId"]?.string == "model-sketch-plus")
            let again = try await answer(routes, "purchase", body: body, key: "b", as: user)
            #expect(again.status == .conflict && again.json["code"]?.string == "already-owned")
            let unknown = try await answer(routes, "purchase", body: #"{"productId": "x"}"#, key: "c", as: user)
            #expect(unknown.status == .notFound)
            let misdirected = try await answer(
                routes, "purchase", body: #"{"productId": "frame-bronze", "recipientUsername": "ann"}"#, key: "d",
                as: user)
            #expect(misdirected.status == .unprocessable)
        }
    }

    @Test func `a card is redeemed under the request's own key, and a pass is listed while it lasts`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (buyer, lucky) = (UserID.new(), UserID.new())
            try await gems.give(20, to: buyer)
            let code = try #require(try await gems.purchase("gift-10", by: buyer, key: "a").code)
            let routes = routes(gems)
            let body = #"{"code": "\#(code)"}"#
            for _ in 0..<2 {
                let redeemed = try await answer(routes, "redeemGiftCard", body: body, key: "r", as: lucky)
                #expect(redeemed.status == .created)
            }
            let other = try await answer(routes, "redeemGiftCard", body: body, key: "s", as: lucky)
            #expect(other.status == .conflict && other.json["code"]?.string == "gift-card-unusable")
            _ = try await gems.purchase("ad-free-24h", by: buyer, key: "b")
            for count in [1, 0] {
                let listed = try await answer(routes, "listEntitlements", as: buyer)
                #expect(listed.json["items"]?.array?.count == count)
                gems.advance(.hours(24))
            }
        }
    }

    @Test func `transactions come newest first, page by page, without gaps`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            for _ in 0..<5 { try await gems.give(2, to: user) }
            let routes = routes(gems)
            var seen: [Int64] = []
            var query = ["limit": "2"]
            while true {
                let page = try await answer(routes, "listGemTransactions", query: query, as: user)
                seen += try #require(page.json["items"]?.array).compactMap { $0.object?["seq"]?.int64 }
                guard let cursor = page.json["nextCursor"]?.string else { break }
                query["cursor"] = cursor
            }
            #expect(seen == [5, 4, 3, 2, 1])
            let balance = try await answer(routes, "getGemBalance", as: user)
            #expect(balance.json["balance"]?.int64 == 10 && balance.json["debt"]?.int64 == 0)
            let mangled = try await answer(routes, "listGemTransactions", query: ["cursor": "zzz"], as: user)
            #expect(mangled.json["code"]?.string == "invalid-cursor")
        }
    }
}
