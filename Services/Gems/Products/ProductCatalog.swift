import BSON
import Domain
import HTTPServer
import JSON
import MongoClient
import Records
import Runtime
import Telemetry

/// The products in memory, read again every few seconds; the anonymous list is one answer made beforehand.
final class ProductCatalog: Sendable {
    struct Snapshot: Sendable {
        let products: [Product]
        /// The first page of 20 for somebody unknown, which nearly every client asks for.
        let list: Response

        init(_ products: [Product]) {
            self.products = products.filter(\.active).sorted { ($0.order, $0.id) < ($1.order, $1.id) }
            let first = self.products.prefix(20).map { ProductView(product: $0, owned: nil) }
            list = .page(first, nextCursor: self.products.count > 20 ? Self.cursor(after: 20) : nil)
        }

        static func cursor(after offset: Int) -> String { Cursor.encode(ProductCursor(offset: offset)) }
    }

    private struct State {
        var snapshot: Snapshot
        /// On the monotonic clock, in nanoseconds.
        var readAt: UInt64 = 0
        var isReading = false
        var isSeeded = false
    }

    private static let freshness: UInt64 = 5_000_000_000

    private let collection: MongoCollection
    private let state: Locked<State>
    private let log: Logger

    /// Starts with the products of the design, until the database has been asked.
    init(database: MongoDatabase, log: Logger) {
        collection = database.collection(GemCollections.products.name)
        state = Locked(State(snapshot: Snapshot(Product.standard)))
        self.log = log
    }

    /// What is known now; when that is a few seconds old, the database is asked behind the caller's back.
    var snapshot: Snapshot {
        let now = EventLoop.monotonicNanoseconds()
        let (snapshot, isStale) = state.withLock { state in
            guard !state.isReading, state.readAt == 0 || now - state.readAt > Self.freshness else {
                return (state.snapshot, false)
            }
            state.isReading = true
            return (state.snapshot, true)
        }
        if isStale {
            if let loop = EventLoop.current {
                loop.spawn { await self.refresh() }
            } else {
                Task { await self.refresh() }
            }
        }
        return snapshot
    }

    /// The newest version of a product, as the database has it: prices are never taken from memory.
    func product(_ id: String) async throws -> Product? {
        var found = try await collection.findByID(.string(id))
        if found == nil, Product.standard.contains(where: { $0.id == id }) {
            try await seed()
            found = try await collection.findByID(.string(id))
        }
        guard let document = found else { return nil }
        let product = try Product(document)
        return product.active ? product : nil
    }

    /// Puts the products of the design where there are none of their names.
    func seed() async throws {
        _ = try await collection.bulk(
            Product.standard.map { product in
                var document = product.document
                document["_id"] = nil
                return .updateOne(
                    filter: ["_id": .string(product.id)], update: ["$setOnInsert": .document(document)], upsert: true)
            }, ordered: false)
    }

    /// Reads the products, after putting those of the design where there are none.
    func refresh() async {
        do {
            if !state.withLock(\.isSeeded) { try await seed() }
            var products: [Product] = []
            for document in try await collection.find([:]) { products.append(try Product(document)) }
            let snapshot = Snapshot(products)
            state.withLock {
                $0.snapshot = snapshot
                $0.isSeeded = true
            }
        } catch {
            log.warning("products could not be read", ["reason": "\(error)"])
        }
        let now = EventLoop.monotonicNanoseconds()
        state.withLock {
            $0.readAt = now
            $0.isReading = false
        }
    }
}

/// How far a list of products was read.
struct ProductCursor: JSONWritable {
    let offset: Int

    init(offset: Int) { self.offset = offset }

    init(_ json: JSONValue) throws(Problem) {
        guard let offset = json.object?["o"]?.int, (0...10_000).contains(offset) else { throw Problem(.invalidCursor) }
        self.offset = offset
    }

    func write(to writer: inout JSONWriter) { writer.object { $0.field("o", offset) } }
}
