import BSON

/// One command with everything that any command may carry read off it.
struct CommandRequest {
    let name: String
    let database: String
    let body: BSONDocument
    let sequences: [(name: String, documents: [[UInt8]])]
    let session: SessionOptions
    let maxTimeMS: Int64
    /// Whether to wait for the disk: asked for by `j`, and what `majority` means where journalling is on.
    let isJournaled: Bool

    init(_ body: BSONDocument, sequences: [(name: String, documents: [[UInt8]])] = []) throws {
        guard let first = body.first else { throw CommandError(.failedToParse, "the command document is empty") }
        name = first.key
        self.body = body
        self.sequences = sequences
        guard let database = body["$db"] else {
            throw CommandError(code: 40571, "OP_MSG requests require a $db argument")
        }
        guard case .string(let database) = database, (1..<64).contains(database.utf8.count),
            !database.utf8.contains(where: { " ./\\\"$\0".utf8.contains($0) })
        else { throw CommandError(.invalidNamespace, "Invalid database name: '\(database)'") }
        self.database = database
        for sequence in sequences where body.contains(sequence.name) {
            throw CommandError(code: 40413, "BSON field '\(name).\(sequence.name)' is a duplicate field")
        }
        session = try SessionOptions(body)
        maxTimeMS = try Self.maxTime(body)
        isJournaled = try Self.isJournaled(body)
        try Self.checkReadConcern(body, session)
    }

    /// The first argument: usually the collection's name.
    var argument: BSONValue { body.elements[0].value }

    /// The namespace that the first argument names.
    func namespace() throws -> Namespace {
        guard case .string(let collection) = argument else {
            throw CommandError(.badValue, "collection name has invalid type \(argument.type.name)")
        }
        return try namespace(collection)
    }

    func namespace(_ collection: String) throws -> Namespace {
        guard !collection.isEmpty, !collection.hasPrefix("."), !collection.utf8.contains(0) else {
            throw CommandError(.invalidNamespace, "Invalid namespace specified '\(database).\(collection)'")
        }
        return Namespace(database: database, collection: collection)
    }

    /// - Throws: 73 for names that cannot be those of a collection to write to.
    func writableNamespace() throws -> Namespace {
        let namespace = try namespace()
        let collection = namespace.collection
        if collection.hasPrefix("system.") || collection.contains("$") {
            throw CommandError(.invalidNamespace, "Invalid collection name: \(collection)")
        }
        if "\(namespace)".utf8.count > 255 {
            throw CommandError(.invalidNamespace, "Namespace is too long (at most 255 bytes): \(namespace)")
        }
        return namespace
    }

    private static func maxTime(_ body: BSONDocument) throws -> Int64 {
        guard let value = body["maxTimeMS"] else { return 0 }
        guard let number = Number(value) else { throw CommandError(.badValue, "maxTimeMS must be a number") }
        guard let limit = number.exactInt64, limit >= 0, limit <= Int64(Int32.max) else {
            throw CommandError(.badValue, "\(number.clampedInt64) value for maxTimeMS is out of range")
        }
        return limit
    }

    private static func isJournaled(_ body: BSONDocument) throws -> Bool {
        guard let value = body["writeConcern"] else { return false }
        guard case .document(let concern) = value else {
            throw CommandError.wrongType("writeConcern", value, expected: "object")
        }
        for key in concern.keys where !["w", "j", "wtimeout", "fsync", "provenance"].contains(key) {
            throw CommandError(.failedToParse, "unrecognized write concern field: \(key)")
        }
        let journaled = concern.flag("j")
        guard let w = concern["w"] else { return journaled }
        if case .string(let mode) = w {
            if mode == "majority" { return true }
            throw CommandError(code: 79, "No write concern mode named '\(mode)' found")
        }
        guard let members = w.int64Value, (0...50).contains(members) else {
            throw CommandError(.failedToParse, "w has to be a string, or a number from 0 to 50")
        }
        if members > 1 { throw CommandError(.unsatisfiableWriteConcern, "Not enough data-bearing nodes") }
        return journaled
    }

    /// Every level but one means the same on a single server that shows only what is committed.
    private static func checkReadConcern(_ body: BSONDocument, _ session: SessionOptions) throws {
        guard let value = body["readConcern"] else { return }
        guard case .document(let concern) = value else {
            throw CommandError.wrongType("readConcern", value, expected: "object")
        }
        for key in concern.keys where !["level", "provenance", "afterClusterTime"].contains(key) {
            throw CommandError(.invalidOptions, "readConcern option '\(key)' is not supported")
        }
        let level = concern.string("level") ?? "local"
        guard ["local", "available", "majority", "linearizable", "snapshot"].contains(level) else {
            throw CommandError(.failedToParse, "'\(level)' is no readConcern.level")
        }
        if level == "snapshot", !session.isInTransaction {
            throw CommandError(.invalidOptions, "readConcern 'snapshot' is supported here only in a transaction")
        }
    }
}
