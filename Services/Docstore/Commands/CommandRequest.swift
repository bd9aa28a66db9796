import BSON

/// One command with everything that any command may carry read off it.
struct CommandRequest {
    let name: String
    let database: String
    let body: BSONDocument
    let sequences: [(name: String, documents: [[UInt8]])]
    let session: SessionOptions
    let maxTimeMS: Int64
    let writeConcern: WriteConcern

    /// Arguments that every command takes.
    static let generic: Set<String> = [
        "$db", "lsid", "txnNumber", "autocommit", "startTransaction", "stmtId", "stmtIds", "$clusterTime",
        "$readPreference", "readConcern", "writeConcern", "maxTimeMS", "maxTimeMSOpOnly", "comment", "apiVersion",
        "apiStrict", "apiDeprecationErrors", "$audit", "$client", "$configServerState", "databaseVersion",
        "shardVersion", "help",
    ]

    init(_ body: BSONDocument, sequences: [(name: String, documents: [[UInt8]])] = []) throws {
        guard let first = body.elements.first else {
            throw CommandError(.failedToParse, "the command document is empty")
        }
        name = first.key
        self.body = body
        self.sequences = sequences
        guard let database = body["$db"] else {
            throw CommandError(code: 40571, "OP_MSG requests require a $db argument")
        }
        guard case .string(let database) = database else {
            throw CommandError.wrongType("$db", database, expected: "string")
        }
        guard Self.isValid(database: database) else {
            throw CommandError(.invalidNamespace, "Invalid database name: '\(database)'")
        }
        self.database = database
        for sequence in sequences where body.contains(sequence.name) {
            throw CommandError(code: 40413, "BSON field '\(name).\(sequence.name)' is a duplicate field")
        }
        session = try SessionOptions(body)
        maxTimeMS = try Self.maxTime(body)
        writeConcern = try WriteConcern(body)
    }

    /// The first argument: usually the collection's name.
    var argument: BSONValue { body.elements[0].value }

    /// The namespace that the first argument names.
    func namespace() throws -> Namespace {
        guard case .string(let collection) = argument else {
            throw CommandError(
                .badValue, "collection name has invalid type \(argument.type.name)")
        }
        return try namespace(collection)
    }

    func namespace(_ collection: String) throws -> Namespace {
        guard !collection.isEmpty, !collection.hasPrefix("."), !collection.utf8.contains(0) else {
            throw CommandError(.invalidNamespace, "Invalid namespace specified '\(database).\(collection)'")
        }
        return Namespace(database: database, collection: collection)
    }

    /// - Throws: 40415 for an argument that the command does not know: never ignored in silence.
    func refuseUnknown(_ known: Set<String>) throws {
        for element in body.elements.dropFirst() {
            if known.contains(element.key) || Self.generic.contains(element.key) { continue }
            throw CommandError(code: 40415, "BSON field '\(name).\(element.key)' is an unknown field.")
        }
        for sequence in sequences where !known.contains(sequence.name) {
            throw CommandError(code: 40415, "BSON field '\(name).\(sequence.name)' is an unknown field.")
        }
    }

    private static func isValid(database: String) -> Bool {
        !database.isEmpty && database.utf8.count < 64 && !database.contains { " ./\\\"$\0".contains($0) }
    }

    private static func maxTime(_ body: BSONDocument) throws -> Int64 {
        guard let value = body["maxTimeMS"] else { return 0 }
        guard let number = Number(value) else { throw CommandError(.badValue, "maxTimeMS must be a number") }
        guard let limit = number.exactInt64, limit >= 0, limit <= Int64(Int32.max) else {
            throw CommandError(.badValue, "\(number.clampedInt64) value for maxTimeMS is out of range")
        }
        return limit
    }
}

extension CommandError {
    static func wrongType(_ field: String, _ value: BSONValue, expected: String) -> CommandError {
        CommandError(
            .typeMismatch, "BSON field '\(field)' is the wrong type '\(value.type.name)', expected type '\(expected)'")
    }
}

/// How safe a write must be before it is acknowledged.
struct WriteConcern {
    /// Wait for the disk: asked for by `j`, and what `majority` means where journalling is on.
    let isJournaled: Bool
    let isAcknowledged: Bool

    init(_ body: BSONDocument) throws {
        guard let value = body["writeConcern"] else {
            isJournaled = false
            isAcknowledged = true
            return
        }
        guard case .document(let concern) = value else {
            throw CommandError.wrongType("writeConcern", value, expected: "object")
        }
        for key in concern.keys where !["w", "j", "wtimeout", "fsync", "provenance"].contains(key) {
            throw CommandError(.failedToParse, "unrecognized write concern field: \(key)")
        }
        var majority = false
        switch concern["w"] {
        case .string("majority"): majority = true
        case .string(let tag):
            throw CommandError(code: 79, "No write concern mode named '\(tag)' found in replica set configuration")
        case let number? where number.int64Value != nil:
            let members = number.int64Value ?? 0
            guard members >= 0, members <= 50 else {
                throw CommandError(.failedToParse, "w has to be a non-negative number and not greater than 50")
            }
            guard members <= 1 else { throw CommandError(.unsatisfiableWriteConcern, "Not enough data-bearing nodes") }
        case nil: break
        case _?: throw CommandError(.failedToParse, "w has to be a number or a string")
        }
        isJournaled = concern["j"]?.isTruthy == true || majority
        isAcknowledged = concern["w"]?.int64Value != 0
    }
}
