import BSON
import Foundation
import Testing

@testable import DocstoreEngine

/// Random operations from several clients, each compared with the model. `DOCSTORE_SOAK` says how many in all
/// (1,000,000 in `make chaos`, which sets `CIRCLE_CHAOS=full`); `DOCSTORE_SOAK_SEED` repeats a run;
/// `DOCSTORE_SOAK_PORT` is that of a server that runs already and is empty: a release build takes half the time.
@Suite struct SoakTests {
    private static let clients = 4

    @Test func `random operations do what the model does`() throws {
        let environment = ProcessInfo.processInfo.environment
        let full = environment["CIRCLE_CHAOS"] == "full" ? 1_000_000 : 8_000
        let total = environment["DOCSTORE_SOAK"].flatMap(Int.init) ?? full
        let seed = environment["DOCSTORE_SOAK_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...(.max))
        let given = environment["DOCSTORE_SOAK_PORT"].flatMap(UInt16.init)
        let server = try given == nil ? TestServer() : nil
        let port = try #require(given ?? server?.server.port)
        let setup = try TestClient(port: port)
        let indexes: [BSONValue] = [
            ["key": ["o": 1, "n": 1], "name": "n"], ["key": ["l": 1], "name": "l"],
            ["key": ["o": 1, "i": 1], "name": "i", "unique": true],
            [
                "key": ["o": 1, "u": 1], "name": "u", "unique": true,
                "partialFilterExpression": ["u": ["$exists": true]],
            ],
        ]
        #expect(try setup.run(["createIndexes": "c", "indexes": .array(indexes)]).isOK)
        let group = DispatchGroup()
        let differences = Differences()
        for owner in 0..<Self.clients {
            group.enter()
            Thread.detachNewThread {
                do {
                    let client = try SoakClient(port: port, owner: owner, seed: seed &+ UInt64(owner))
                    for _ in 0..<(total / Self.clients) where differences.isEmpty {
                        if let difference = try client.step() { differences.add(difference) }
                    }
                } catch {
                    differences.add("\(error)")
                }
                group.leave()
            }
        }
        group.wait()
        #expect(differences.isEmpty, "seed \(seed): \(differences.first)")
    }

    private final class Differences: @unchecked Sendable {
        private let lock = NSLock()
        private var texts: [String] = []
        func add(_ text: String) { lock.withLock { texts.append(text) } }
        var isEmpty: Bool { lock.withLock { texts.isEmpty } }
        var first: String { lock.withLock { texts.first ?? "" } }
    }
}

/// One client of the soak: an operation at a time against docstore and model.
final class SoakClient {
    private let client: TestClient
    private let owner: Int
    private var random: Seeded
    private var model = SoakModel()
    private var nextTransaction: Int64 = 0
    private let session: BSONValue

    init(port: UInt16, owner: Int, seed: UInt64) throws {
        client = try TestClient(port: port)
        self.owner = owner
        random = Seeded(state: seed)
        session = ["id": .binary(BSONBinary(subtype: 4, bytes: (0..<16).map { _ in UInt8.random(in: 0...255) }))]
    }

    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// - Returns: what differed, if anything did.
    func step() throws -> String? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: return try insert(&model, [:])
        case 5..<10: return try update(&model, [:])
        case 10: return try remove(&model, [:])
        case 11: return try transaction()
        case 12: return try retriedUpdate()
        default: return try find(model, [:])
        }
    }

    private func filter() -> SoakModel.Filter {
        let number = { (random: inout Seeded) in Int.random(in: -5...12, using: &random) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: return .id(Int.random(in: 0..<60, using: &random))
        case 2:
            let low = number(&random)
            return .nRange(low, low + 3)
        case 3: return .listHas(Int.random(in: 0..<6, using: &random))
        case 4: return .textIn(["a", "c"])
        default: return .either(Int.random(in: 0..<60, using: &random), number(&random))
        }
    }

    private func change() -> SoakModel.Change {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .add(Int.random(in: -2...2, using: &random))
        case 1: .setText(["a", "b", "c"].randomElement(using: &random) ?? "a")
        case 2: .push(Int.random(in: 0..<6, using: &random))
        case 3: .pull(Int.random(in: 0..<6, using: &random))
        case 4: .takeUnique(Int.random(in: 0..<20, using: &random))
        default: .dropUnique
        }
    }

    private func insert(_ model: inout SoakModel, _ extra: BSONDocument) throws -> String? {
        let document = SoakModel.Document(
            id: Int.random(in: 0..<60, using: &random), n: Int.random(in: -5...12, using: &random),
            text: ["a", "b", "c"].randomElement(using: &random) ?? "a",
            list: (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0..<6, using: &random) },
            unique: Bool.random(using: &random) ? Int.random(in: 0..<20, using: &random) : nil)
        let reply = try send(["insert": "c", "documents": [.document(document.stored(owner: owner))]], extra)
        let inserted = model.insert(document)
        let code = reply.firstWriteError?.code
        if inserted ? reply.int("n") == 1 && code == nil : code == 11000 { return nil }
        return "insert \(document) \(inserted): \(reply)"
    }

    private func update(_ model: inout SoakModel, _ extra: BSONDocument) throws -> String? {
        let filter = filter()
        let change = change()
        var multi = Bool.random(using: &random)
        if case .takeUnique = change { multi = false }
        // Which one of several is updated is not defined.
        if !multi, case .id = filter {} else { multi = true }
        if multi, case .takeUnique = change { return nil }
        let wanted = model.update(filter, change, multi: multi)
        let statement: BSONDocument = [
            "q": .document(filter.query(owner: owner)), "u": .document(change.update), "multi": .bool(multi),
        ]
        let reply = try send(["update": "c", "updates": [.document(statement)]], extra)
        if let wanted {
            if reply.int("n") == wanted.matched, reply.int("nModified") == wanted.modified { return nil }
        } else if reply.firstWriteError?.code == 11000 {
            return nil
        }
        return "update \(filter) \(change) \(multi) \(String(describing: wanted)): \(reply)"
    }

    private func remove(_ model: inout SoakModel, _ extra: BSONDocument) throws -> String? {
        let filter = filter()
        let wanted = model.remove(filter)
        let reply = try send(
            ["delete": "c", "deletes": [["q": .document(filter.query(owner: owner)), "limit": 0]]], extra)
        return reply.int("n") == wanted ? nil : "delete \(filter) \(wanted): \(reply)"
    }

    private func find(_ model: SoakModel, _ extra: BSONDocument) throws -> String? {
        let filter = filter()
        let descending = Bool.random(using: &random)
        let limit = Int.random(in: 1...10, using: &random)
        let wanted = model.find(filter, descending: descending, limit: limit)
        let reply = try send(
            [
                "find": "c", "filter": .document(filter.query(owner: owner)),
                "sort": ["n": .int32(descending ? -1 : 1), "i": 1], "limit": .int32(Int32(limit)),
            ], extra)
        let found = (reply.document("cursor")?.array("firstBatch") ?? []).compactMap(\.documentValue)
        return found.map { SoakModel.Document($0) } == wanted ? nil : "find \(filter) \(wanted): \(reply)"
    }

    /// Several operations that become real together, or not at all.
    private func transaction() throws -> String? {
        nextTransaction += 1
        var extra: BSONDocument = [
            "lsid": session, "txnNumber": .int64(nextTransaction), "startTransaction": true, "autocommit": false,
        ]
        var inside = model
        var failed = false
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            lastSent = false
            lastReplyFailed = false
            let difference: String?
            switch Int.random(in: 0..<4, using: &random) {
            case 0: difference = try insert(&inside, extra)
            case 1, 2: difference = try update(&inside, extra)
            default: difference = try find(inside, extra)
            }
            // A held key (conflict) or a duplicate ends a transaction; the model of another client cannot collide.
            if let difference { return "in a transaction: \(difference)" }
            if lastReplyFailed {
                failed = true
                break
            }
            if lastSent { extra["startTransaction"] = nil }
        }
        if extra["startTransaction"] != nil, !failed { return nil }
        extra["startTransaction"] = nil
        let commits = Bool.random(using: &random)
        let reply = try client.run(
            merged([commits ? "commitTransaction" : "abortTransaction": 1], extra), on: "admin")
        if failed { return reply.code == 251 ? nil : "after a failure: \(reply)" }
        guard reply.isOK else { return "end of a transaction: \(reply)" }
        if commits { model = inside }
        return nil
    }

    /// The same statement sent twice under one number happens once.
    private func retriedUpdate() throws -> String? {
        nextTransaction += 1
        let id = Int.random(in: 0..<60, using: &random)
        let wanted = model.update(.id(id), .add(1), multi: false)
        let command: BSONDocument = [
            "update": "c",
            "updates": [
                ["q": .document(SoakModel.Filter.id(id).query(owner: owner)), "u": ["$inc": ["n": 1]]]
            ],
            "lsid": session, "txnNumber": .int64(nextTransaction),
        ]
        let first = try client.run(command)
        let second = try client.run(command)
        let right =
            first.int("n") == wanted?.matched && first["n"] == second["n"] && first["nModified"] == second["nModified"]
        return right ? nil : "retry: \(first) \(second)"
    }

    private var lastReplyFailed = false
    private var lastSent = false

    private func send(_ command: BSONDocument, _ extra: BSONDocument) throws -> BSONDocument {
        let reply = try client.run(merged(command, extra))
        lastReplyFailed = reply["writeErrors"] != nil || !reply.isOK
        lastSent = true
        return reply
    }

    private func merged(_ command: BSONDocument, _ extra: BSONDocument) -> BSONDocument {
        var command = command
        command.elements += extra.elements
        return command
    }
}
