import Domain
import HTTPServer
import JSON
import Ledger

/// A person's own books: balance, entries, entitlements.
struct AccountRoutes: RouteGroup {
    let ledger: Ledger
    let accounts: GemAccounts

    var routes: [Route] {
        [
            Route(
                .get, "/v1/gems/balance", operation: "getGemBalance", summary: "What one has.", access: .caller,
                answers: [Answer(.ok, BalanceView.schema)], handler: balance),
            Route(
                .get, "/v1/gems/transactions", operation: "listGemTransactions",
                summary: "One's ledger, the newest entry first.", access: .caller,
                query: QueryParameter.page + [
                    QueryParameter("type", .enumeration(EntryType.allCases.map(\.rawValue)), "Only this type."),
                    QueryParameter("source", .enumeration(EntrySource.allCases.map(\.rawValue)), "Only this source."),
                ],
                answers: [Answer(.ok, .page(of: TransactionView.schema))], errors: [.invalidCursor],
                handler: transactions),
            Route(
                .get, "/v1/gems/entitlements", operation: "listEntitlements", summary: "What one bought and still has.",
                access: .caller, query: QueryParameter.page,
                answers: [Answer(.ok, .page(of: EntitlementView.schema))], errors: [.invalidCursor],
                handler: entitlements),
        ]
    }

    @Sendable private func balance(_ request: Request) async throws -> Response {
        .json(.ok, try await accounts.balance(of: try request.requireCaller().userID))
    }

    @Sendable private func transactions(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let page = try request.page()
        let found = try await ledger.entries(
            of: caller.userID, before: try page.cursor.map(Self.number),
            type: request.query("type").flatMap(EntryType.init),
            source: request.query("source").flatMap(EntrySource.init), limit: page.limit + 1)
        let shown = found.prefix(page.limit)
        let next = found.count > page.limit ? shown.last.map { Cursor.encode(SequenceCursor(seq: $0.seq)) } : nil
        return .page(shown.map(TransactionView.init), nextCursor: next)
    }

    @Sendable private func entitlements(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let page = try request.page()
        let offset = try page.cursor.map { json throws(Problem) in try ProductCursor(json).offset } ?? 0
        let now = ledger.currentTime
        let owned = try await ledger.entitlements(of: caller.userID).filter { $0.isValid(at: now) }
        let shown = owned.dropFirst(offset).prefix(page.limit)
        let end = offset + shown.count
        return .page(
            shown.map(EntitlementView.init),
            nextCursor: end < owned.count ? Cursor.encode(ProductCursor(offset: end)) : nil)
    }

    private static func number(_ json: JSONValue) throws(Problem) -> Int64 {
        guard let seq = json.object?["s"]?.int64, seq > 0 else { throw Problem(.invalidCursor) }
        return seq
    }
}

/// Down to which entry a list of transactions was read.
private struct SequenceCursor: JSONWritable {
    let seq: Int64

    func write(to writer: inout JSONWriter) { writer.object { $0.field("s", seq) } }
}
