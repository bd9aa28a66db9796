import BSON
import Domain
import MongoClient
import Records
import ServiceKit
import Telemetry

/// `gems products`: what is on sale, and the next version of it.
struct ProductsCommand: Sendable {
    private let versions: ProductVersions

    init(database: MongoDatabase) { versions = ProductVersions(database: database) }

    func run(_ arguments: [String]) async throws -> Int32 {
        switch (arguments.first, arguments.count) {
        case (nil, _): try await list()
        case ("set-price", 3):
            guard let price = Int64(arguments[2]), (1...1_000_000).contains(price) else {
                throw UsageError("a price is a whole number of gems, at least 1")
            }
            try await change(arguments[1]) { $0["priceGems"] = .int64(price) }
        case ("retire", 2): try await change(arguments[1]) { $0["active"] = false }
        case ("restore", 2): try await change(arguments[1]) { $0["active"] = true }
        default: throw UsageError("products [set-price ID GEMS | retire ID | restore ID]")
        }
        return 0
    }

    private func list() async throws {
        for product in try await versions.all() {
            StandardOutput.write(
                "\(product.id) version \(product.version) \(product.priceGems) gems"
                    + "\(product.active ? "" : " (retired)")\n")
        }
    }

    private func change(_ id: String, _ change: @Sendable (inout BSONDocument) -> Void) async throws {
        guard let product = try await versions.change(id, at: .now(), change) else {
            throw UsageError("there is no product \(id)")
        }
        StandardOutput.write("\(product.id) version \(product.version) \(product.priceGems) gems\n")
    }
}

/// Makes new versions of products; the old ones stay on record, and so does what was paid for them.
struct ProductVersions: Sendable {
    private let products: MongoCollection
    private let history: MongoCollection
    private let client: MongoClient

    init(database: MongoDatabase) {
        products = database.collection(GemCollections.products.name)
        history = database.collection(GemCollections.productVersions.name)
        client = database.client
    }

    func all() async throws -> [Product] {
        try await products.find([:], sort: ["order": 1]).map { row throws(BSONError) in try Product(row) }
    }

    /// Changes a product into its next version, with the former one kept in the same transaction.
    ///
    /// - Returns: the new version; nil when there is no such product.
    func change(
        _ id: String, at now: Instant, _ change: @Sendable (inout BSONDocument) -> Void
    ) async throws -> Product? {
        try await client.withTransaction { session in
            guard let row = try await products.findOne(["_id": .string(id)], in: session) else { return nil }
            let former = try Product(row)
            var set: BSONDocument = [:]
            change(&set)
            set["version"] = .int32(Int32(former.version + 1))
            set["updatedAt"] = .instant(now)
            _ = try await products.update(
                ["_id": .string(id), "version": .int32(Int32(former.version))], ["$set": .document(set)], in: session)
            try await history.insert(
                [
                    "_id": ["product": .string(id), "version": .int32(Int32(former.version))],
                    "priceGems": .gems(former.priceGems), "active": .bool(former.active),
                    "since": row["updatedAt"] ?? .instant(Instant(milliseconds: 0)),
                ], in: session)
            guard let changed = try await products.findOne(["_id": .string(id)], in: session) else { return nil }
            return try Product(changed)
        }
    }
}
