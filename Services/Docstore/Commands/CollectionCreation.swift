import BSON

extension DocumentWriter {
    /// The collection to write to, made if it is not there.
    func collection(_ namespace: Namespace, _ context: CommandContext) throws -> CollectionInfo {
        if let known = catalog[namespace] { return known }
        if let writer = self as? Writer { return try writer.createCollection(namespace) }
        // A transaction cannot make one inside its buffer: it comes into being at once, empty.
        let created = try context.store.write { writer in
            try writer.catalog[namespace] ?? writer.createCollection(namespace)
        }
        (self as? TransactionView)?.add(created)
        return created
    }
}

extension Writer {
    @discardableResult
    func createCollection(_ namespace: Namespace, options: BSONDocument = [:]) throws -> CollectionInfo {
        let id = try IndexInfo(
            number: newNumber("index"),
            specification: ["v": 2, "key": ["_id": 1], "name": "_id_"], isMultikey: false)
        let collection = try CollectionInfo(
            number: newNumber("collection"), namespace: namespace, uuid: Self.newUUID(), options: options,
            indexes: [id])
        try setCollection(collection)
        return collection
    }

    private static func newUUID() -> [UInt8] {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes
    }
}

extension Namespace {
    /// - Throws: 73 for names that cannot be a collection's.
    func requireWritable() throws {
        if collection.hasPrefix("system.") {
            throw CommandError(.invalidNamespace, "cannot write to '\(self)'")
        }
        if collection.hasPrefix("$") || collection.contains("$") {
            throw CommandError(.invalidNamespace, "Invalid collection name: \(collection)")
        }
        if "\(self)".utf8.count > 255 {
            throw CommandError(.invalidNamespace, "Fully qualified namespace is too long. Namespace: \(self) Max: 255")
        }
    }
}
