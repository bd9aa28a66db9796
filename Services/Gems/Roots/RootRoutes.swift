import BSON
import Domain
import HTTPServer
import JSON
import MongoClient
import Records
import Security

/// The signed roots of the ledger, for whoever wants to hold us to them.
struct RootRoutes: RouteGroup {
    private let roots: MongoCollection
    private let keys: RootKeys

    init(database: MongoDatabase) {
        roots = database.collection(GemCollections.roots.name)
        keys = RootKeys(database: database)
    }

    var routes: [Route] {
        [
            Route(
                .get, "/v1/gems/roots", operation: "listLedgerRoots",
                summary: "The signed roots of the ledger's days, the newest first.", query: QueryParameter.page,
                answers: [Answer(.ok, .page(of: SignedRoot.schema))], errors: [.invalidCursor], handler: list),
            Route(
                .get, "/v1/gems/roots/{day}", operation: "getLedgerRoot",
                summary: "The signed root of the ledger's day, as 2026-11-21.",
                answers: [Answer(.ok, SignedRoot.schema)], errors: [.notFound], handler: day),
            Route(
                .get, "/v1/gems/root-keys", operation: "getLedgerRootKeys",
                summary: "The public keys of the roots, as a JSON Web Key Set.",
                answers: [Answer(.ok, JSONWebKeySet.schema)], handler: jwks),
        ]
    }

    @Sendable private func list(_ request: Request) async throws -> Response {
        let page = try request.page()
        var filter: BSONDocument = [:]
        if let cursor = page.cursor {
            guard let day = cursor.object?["d"]?.string, CivilDate(day) != nil else { throw Problem(.invalidCursor) }
            filter = ["_id": ["$lt": .string(day)]]
        }
        let found = try await roots.find(filter, sort: ["_id": -1], limit: page.limit + 1)
        let shown = try found.prefix(page.limit).map { row throws(BSONError) in try SignedRoot(row) }
        let last = found.count > page.limit ? shown.last : nil
        return .page(shown, nextCursor: last.map { Cursor.encode(DayCursor(day: $0.root.day)) })
    }

    @Sendable private func day(_ request: Request) async throws -> Response {
        let day = request.parameters["day"]
        guard CivilDate(day) != nil, let row = try await roots.findByID(.string(day)) else {
            throw Problem(.notFound, "no root of this day")
        }
        return .json(
            .ok, try SignedRoot(row), headers: ["Cache-Control": "public, max-age=86400, immutable"]
        ).conditional(for: request)
    }

    @Sendable private func jwks(_ request: Request) async throws -> Response {
        let set = try JSONWebKeySet(try await keys.published().map { ($0.id, $0.publicDER) })
        return .json(.ok, set, headers: ["Cache-Control": "public, max-age=300"]).conditional(for: request)
    }
}

/// Down to which day a list of roots was read.
private struct DayCursor: JSONWritable {
    let day: String

    func write(to writer: inout JSONWriter) { writer.object { $0.field("d", day) } }
}
