import BSON
import Domain
import MongoClient
import Records
import Runtime

/// The models that people may paint with, as the database has them, remembered for a few seconds.
final class ModelCatalogue: Sendable {
    private static let fresh = Duration.seconds(10)

    private struct Known {
        var models: [ModelRecord] = []
        var until: UInt64 = 0
    }

    private let collection: MongoCollection
    private let known = Locked(Known())

    init(_ database: MongoDatabase) { collection = database.collection(ModelRecord.collection.name) }

    /// In the order of the list.
    func all() async throws -> [ModelRecord] {
        let now = EventLoop.monotonicNanoseconds()
        let remembered = known.withLock { $0.until > now ? $0.models : [] }
        if !remembered.isEmpty { return remembered }
        var models = try await read()
        if models.isEmpty {
            try await putStandard()
            models = try await read()
        }
        let found = models
        known.withLock { $0 = Known(models: found, until: now + Self.fresh.clampedNanoseconds) }
        return models
    }

    func model(_ id: String) async throws -> ModelRecord? { try await all().first { $0.id == id } }

    private func read() async throws -> [ModelRecord] {
        try await collection.find([:], sort: ["order": 1]).map { document in try ModelRecord(document) }
    }

    /// Fills an empty collection; what an operator changed later stays as it is.
    private func putStandard() async throws {
        for model in ModelRecord.standard {
            var fields = model.document
            fields["_id"] = nil
            try await collection.update(
                ["_id": .string(model.id)], ["$setOnInsert": .document(fields)], upsert: true)
        }
    }
}
