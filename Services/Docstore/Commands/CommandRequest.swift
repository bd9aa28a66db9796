import BSON

struct CommandRequest {
    let name: String
    let database: String
    let body: BSONDocument
    let sequences: [(name: String, documents: [[UInt8]])]
    let session: SessionOptions
    let maxTimeMS: Int64
    let writeConcern: WriteConcern

    /// - Parameter body: what passed the check of the command's options.
    init(_ body: BSONDocument, sequences: [(name: String, documents: [[UInt8]])] = []) throws {
        name = body.first?.key ?? ""
        self.body = body
        self.sequences = sequences
        let database = try body["$db"].orThrow(CommandError(code: 40571, "OP_MSG requests require a $db argument"))
        guard case .string(let database) = database, (1..<64).contains(database.utf8.count),
            !database.utf8.contains(where: Self.forbidden.contains)
        else { throw CommandError(.invalidNamespace, "Invalid database name: '\(database)'") }
        self.database = database
        for sequence in sequences where body.contains(sequence.name) {
            throw CommandError(code: 40413, "BSON field '\(name).\(sequence.name)' is a duplicate field")
        }
        session = try SessionOptions(body)
        maxTimeMS = body["maxTimeMS"].map { Number($0)?.exactInt64 ?? -1 } ?? 0
        try require(0...Int64(Int32.max) ~= maxTimeMS, .badValue, "maxTimeMS is no number, or out of range")
        writeConcern = try body.document("writeConcern").map { try WriteConcern($0) } ?? .usual
        try checkVersion()
        if let concern = body.document("readConcern") { try Self.check(readConcern: concern, session) }
    }

    /// In names of databases.
    private static let forbidden = Array(" ./\\\"$\0".utf8)

    var argument: BSONValue { body.elements[0].value }

    func namespace() throws -> Namespace {
        try namespace(argument.stringValue.orThrow(.badValue("collection name has invalid type \(argument.typeName)")))
    }

    func namespace(_ collection: String) throws -> Namespace {
        let name = collection.utf8
        let isValid = !name.isEmpty && name.first != UInt8(ascii: ".") && !name.contains(0)
        try require(isValid, .invalidNamespace, "Invalid namespace specified '\(database).\(collection)'")
        return Namespace(database: database, collection: collection)
    }

    /// - Throws: 73 for names that cannot be those of a collection to write to.
    func writableNamespace() throws -> Namespace {
        let namespace = try namespace()
        let name = namespace.collection
        let isShort = database.utf8.count + name.utf8.count < 255
        let isValid = isShort && !name.hasPrefix("system.") && !name.utf8.contains(UInt8(ascii: "$"))
        try require(isValid, .invalidNamespace, "Invalid collection name, or too long a one: \(namespace)")
        return namespace
    }

    /// The statements of a write command, or the documents to insert: of a sequence, or of an array in the body.
    func statements(_ field: String) throws -> [[UInt8]] {
        let sequence = sequences.first { $0.name == field }?.documents
        let statements = try sequence ?? body.documents(field, in: name).map { $0.encode() }
        let isAllowed = (1...WriteBatch.maximumCount).contains(statements.count)
        try require(isAllowed, .invalidLength, "Write batch sizes must be between 1 and \(WriteBatch.maximumCount).")
        return statements
    }

    /// Every level but one means the same on a single server that shows only what is committed.
    private static func check(readConcern concern: BSONDocument, _ session: SessionOptions) throws {
        for key in concern.keys where !["level", "provenance", "afterClusterTime"].contains(key) {
            throw CommandError(.invalidOptions, "readConcern option '\(key)' is not supported")
        }
        let level = concern.string("level") ?? "local"
        let isKnown = ["local", "available", "majority", "linearizable", "snapshot"].contains(level)
        try require(isKnown, .failedToParse, "'\(level)' is no readConcern.level")
        let isAllowed = level != "snapshot" || session.isInTransaction
        try require(isAllowed, .invalidOptions, "readConcern 'snapshot' is supported only in a transaction")
    }

    /// What a client that keeps to version 1 of the stable API may use.
    private static let stable: Set<String> = [
        "abortTransaction", "aggregate", "collMod", "commitTransaction", "create", "createIndexes", "delete", "drop",
        "dropDatabase", "dropIndexes", "endSessions", "explain", "find", "findAndModify", "getMore", "hello", "insert",
        "killCursors", "listCollections", "listDatabases", "listIndexes", "ping", "refreshSessions", "update",
    ]

    private func checkVersion() throws {
        guard body.elements.contains(where: { $0.key.hasPrefix("api") }) else { return }
        let version = body.string("apiVersion")
        try require(version != nil, code: 4_886_600, "apiStrict and apiDeprecationErrors need an apiVersion")
        try require(version == "1", .apiVersionError, "API version must be \"1\"")
        let isAllowed = !body.flag("apiStrict") || Self.stable.contains(name)
        try require(isAllowed, .apiStrictError, "apiStrict:true, but the command \(name) is not in API Version 1")
    }
}
