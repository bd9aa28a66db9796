import BSON
import Domain
import MongoClient
import Records
import Security

/// Runs of scheduled work: a document for each, so that one worker runs it, whoever asks.
///
/// A run is a lease: a worker that ends without finishing is followed by another, which does it again. After an outage only
/// the latest instant is run.
struct Firings: Sendable {
    struct Firing: Sendable, Equatable {
        let at: Instant
        let attempt: Int
        let token: String
        fileprivate let id: BSONValue
    }

    let name: String
    let every: Duration
    let collection: MongoCollection
    var lease = Duration.seconds(60)

    /// The newest instant at which the work was due.
    func latest(at now: Instant) -> Instant {
        let step = max(1, every.wholeMilliseconds)
        return Instant(milliseconds: now.milliseconds / step * step)
    }

    /// The run that is due and that nobody else has, or had to the end; nil where there is none.
    func claim(at now: Instant) async throws -> Firing? {
        let at = latest(at: now)
        let id = BSONValue.string("\(name)|\(at.iso8601)")
        let token = RandomBytes.token(bytes: 12)
        if try await insert(id, at, token, now) { return Firing(at: at, attempt: 1, token: token, id: id) }
        let taken = try await collection.findAndModify(
            ["_id": id, "state": "running", "leaseUntil": ["$lt": .instant(now)]],
            update: [
                "$set": ["leaseUntil": .instant(now + lease), "token": .string(token)], "$inc": ["attempt": .int32(1)],
            ])
        return taken.map { Firing(at: at, attempt: $0.int("attempt") ?? 1, token: token, id: id) }
    }

    /// - Returns: false where somebody else was first.
    private func insert(
        _ id: BSONValue, _ at: Instant, _ token: String, _ now: Instant
    ) async throws(MongoError) -> Bool {
        let firing: BSONDocument = [
            "_id": id, "name": .string(name), "at": .instant(at), "state": "running",
            "leaseUntil": .instant(now + lease), "token": .string(token), "attempt": .int32(1),
        ]
        do {
            try await collection.insert(firing)
            return true
        } catch {
            if error.isDuplicateKey { return false }
            throw error
        }
    }

    /// - Throws: `LeaseLost` where another has the run by now.
    func extend(_ firing: Firing, at now: Instant) async throws {
        try await change(firing, ["leaseUntil": .instant(now + lease)])
    }

    func finish(_ firing: Firing, _ figures: BSONDocument, at now: Instant) async throws {
        try await change(
            firing, ["state": "done", "finishedAt": .instant(now), "figures": .document(figures)])
    }

    private func change(_ firing: Firing, _ set: BSONDocument) async throws {
        let result = try await collection.update(
            ["_id": firing.id, "state": "running", "token": .string(firing.token)], ["$set": .document(set)])
        guard result.matched == 1 else { throw LeaseLost() }
    }
}

/// Somebody else runs it by now.
struct LeaseLost: Error, Equatable {}
