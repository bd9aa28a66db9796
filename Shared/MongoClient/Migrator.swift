package import BSON
import Telemetry

/// Makes a database look as declared.
///
/// Safe at any time and by any number of processes: each step is one that the server takes twice without harm. It only
/// ever adds or relaxes (expand); what is no longer declared is reported and left for a later release to remove
/// (contract), because processes of the previous release may still run.
package struct Migrator: Sendable {
    /// One difference between the database and the declarations.
    package enum Change: Equatable, Sendable {
        case createCollection(String)
        case setValidator(collection: String)
        case createIndex(collection: String, name: String)
        case setExpiry(collection: String, index: String, seconds: Int64)
        /// An index that nobody declares: kept.
        case undeclaredIndex(collection: String, name: String)
        /// An index of this name with other keys or options: has to be dropped by hand first.
        case conflictingIndex(collection: String, name: String)

        /// Whether `migrate` does something about it.
        package var isApplied: Bool {
            switch self {
            case .undeclaredIndex, .conflictingIndex: false
            default: true
            }
        }
    }

    private let database: MongoDatabase
    private let logger = Logger(label: "migrate")

    package init(_ database: MongoDatabase) { self.database = database }

    /// What is wrong with the declarations themselves.
    package static func faults(in declarations: [CollectionDeclaration]) -> [String] {
        var faults: [String] = []
        var names: Set<String> = []
        for declaration in declarations {
            if !names.insert(declaration.name).inserted { faults.append("\(declaration.name) is declared twice") }
            for index in declaration.unshardableIndexes {
                faults.append(
                    "\(declaration.name): unique index \(index.name) does not start with the shard key "
                        + declaration.shardKey.joined(separator: ", "))
            }
        }
        return faults
    }

    /// What `migrate` would change, and what it would leave.
    ///
    /// - Throws: `configuration` when the declarations are faulty.
    package func check(_ declarations: [CollectionDeclaration]) async throws(MongoError) -> [Change] {
        try Self.validate(declarations)
        let existing = try await collections()
        var changes: [Change] = []
        for declaration in declarations {
            guard let options = existing[declaration.name] else {
                changes.append(.createCollection(declaration.name))
                changes += declaration.indexes.map { .createIndex(collection: declaration.name, name: $0.name) }
                continue
            }
            if options.document("validator") != declaration.validator {
                changes.append(.setValidator(collection: declaration.name))
            }
            changes += Self.indexChanges(declaration, existing: try await indexes(of: declaration.name))
        }
        return changes
    }

    /// Creates and changes what `check` lists, and returns that list.
    ///
    /// - Throws: `configuration` when the declarations are faulty or an index conflicts; steps before it are done.
    @discardableResult
    package func migrate(_ declarations: [CollectionDeclaration]) async throws(MongoError) -> [Change] {
        let changes = try await check(declarations)
        let byName = Dictionary(uniqueKeysWithValues: declarations.map { ($0.name, $0) })
        for change in changes {
            try await apply(change, byName)
            logger.info("migrated", ["change": "\(change)"])
        }
        return changes
    }

    private static func validate(_ declarations: [CollectionDeclaration]) throws(MongoError) {
        let faults = faults(in: declarations)
        guard faults.isEmpty else { throw .configuration(faults.joined(separator: "; ")) }
    }

    private func apply(_ change: Change, _ declarations: [String: CollectionDeclaration]) async throws(MongoError) {
        switch change {
        case .createCollection(let name): try await create(declarations[name])
        case .setValidator(let name): try await setValidator(declarations[name])
        case .createIndex(let name, let index):
            guard let found = declarations[name]?.indexes.first(where: { $0.name == index }) else { return }
            _ = try await database.run([
                "createIndexes": .string(name), "indexes": [.document(found.specification)],
            ])
        case .setExpiry(let name, let index, let seconds):
            _ = try await database.run([
                "collMod": .string(name),
                "index": ["name": .string(index), "expireAfterSeconds": .int64(seconds)],
            ])
        case .undeclaredIndex: break
        case .conflictingIndex(let name, let index):
            throw .configuration("index \(index) of \(name) exists with other keys or options; drop it first")
        }
    }

    private func create(_ declaration: CollectionDeclaration?) async throws(MongoError) {
        guard let declaration else { return }
        do {
            _ = try await database.run([
                "create": .string(declaration.name), "validator": .document(declaration.validator),
                "validationLevel": "strict", "validationAction": "error",
            ])
        } catch .server(code: 48, _) {
            // Another process was first, perhaps one of another release.
            try await setValidator(declaration)
        }
    }

    private func setValidator(_ declaration: CollectionDeclaration?) async throws(MongoError) {
        guard let declaration else { return }
        _ = try await database.run([
            "collMod": .string(declaration.name), "validator": .document(declaration.validator),
            "validationLevel": "strict", "validationAction": "error",
        ])
    }

    private static func indexChanges(_ declaration: CollectionDeclaration, existing: [BSONDocument]) -> [Change] {
        var changes: [Change] = []
        let name = declaration.name
        for index in declaration.indexes {
            guard let found = existing.first(where: { $0.string("name") == index.name }) else {
                changes.append(.createIndex(collection: name, name: index.name))
                continue
            }
            guard index.agrees(with: found) else {
                changes.append(.conflictingIndex(collection: name, name: index.name))
                continue
            }
            if let seconds = index.expirySeconds, found.int64("expireAfterSeconds") != seconds {
                changes.append(.setExpiry(collection: name, index: index.name, seconds: seconds))
            }
        }
        let declared = Set(declaration.indexes.map(\.name) + ["_id_"])
        for found in existing {
            guard let index = found.string("name"), !declared.contains(index) else { continue }
            changes.append(.undeclaredIndex(collection: name, name: index))
        }
        return changes
    }

    /// The options of every collection, by name.
    private func collections() async throws(MongoError) -> [String: BSONDocument] {
        let reply = try await database.run(["listCollections": 1, "cursor": ["batchSize": 10_000]])
        var collections: [String: BSONDocument] = [:]
        for found in try Self.batch(reply) {
            if let name = found.string("name") { collections[name] = found.document("options") ?? [:] }
        }
        return collections
    }

    private func indexes(of collection: String) async throws(MongoError) -> [BSONDocument] {
        try Self.batch(try await database.run(["listIndexes": .string(collection), "cursor": ["batchSize": 10_000]]))
    }

    private static func batch(_ reply: BSONDocument) throws(MongoError) -> [BSONDocument] {
        guard let batch = reply.document("cursor")?.array("firstBatch") else { throw .malformed("no first batch") }
        return batch.compactMap(\.documentValue)
    }
}

extension CollectionDeclaration {
    /// The validator as the server keeps it.
    package var validator: BSONDocument { ["$jsonSchema": .document(schema)] }
}

extension IndexDeclaration {
    var expirySeconds: Int64? { expireAfter?.components.seconds }

    /// As `createIndexes` wants it.
    var specification: BSONDocument {
        var specification: BSONDocument = ["key": .document(keys), "name": .string(name)]
        if isUnique { specification.append("unique", true) }
        if isSparse { specification.append("sparse", true) }
        specification.append("partialFilterExpression", ifPresent: partialFilter.map { .document($0) })
        specification.append("expireAfterSeconds", ifPresent: expirySeconds.map { .int64($0) })
        return specification
    }

    /// Whether an index of the same name is this one, its expiry aside, which can be changed in place.
    func agrees(with found: BSONDocument) -> Bool {
        // The server rewrites the keys of a text index; the name tells them.
        let isText = keys.elements.contains { $0.value == "text" }
        return (isText || found.document("key").map(sameKeys) == true)
            && (found.bool("unique") ?? false) == isUnique && (found.bool("sparse") ?? false) == isSparse
            && found.document("partialFilterExpression").map(Self.spelledOut) == partialFilter.map(Self.spelledOut)
            && (found["expireAfterSeconds"] == nil) == (expireAfter == nil)
    }

    /// The server keeps `{a: 1}` as `{a: {$eq: 1}}`.
    private static func spelledOut(_ filter: BSONDocument) -> BSONDocument {
        var result = BSONDocument()
        for (key, value) in filter.elements.map({ ($0.key, $0.value) }) {
            if value.documentValue == nil && !key.hasPrefix("$") {
                result.append(key, .document(["$eq": value]))
            } else {
                result.append(key, value)
            }
        }
        return result
    }

    private func sameKeys(_ found: BSONDocument) -> Bool {
        found.count == keys.count
            && zip(found.elements, keys.elements).allSatisfy { theirs, ours in
                theirs.key == ours.key && theirs.value.doubleValue == ours.value.doubleValue
                    && theirs.value.stringValue == ours.value.stringValue
            }
    }
}
