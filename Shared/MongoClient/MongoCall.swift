import BSON
import CMongoc

/// One call into libmongoc: a client, perhaps a session, and the C documents made for it.
///
/// The documents live until `end()`. Handing each its own owner would be a trap: Swift may release an object after the
/// last use of the *object*, while C still reads through the pointer taken out of it.
final class MongoCall {
    let connection: MongoConnection
    let session: OpaquePointer?
    let operationMilliseconds: Int64
    private var documents: [OpaquePointer] = []

    init(_ connection: MongoConnection, session: OpaquePointer?, operationMilliseconds: Int64) {
        self.connection = connection
        self.session = session
        self.operationMilliseconds = operationMilliseconds
    }

    var client: OpaquePointer { connection.client }

    /// Frees what was made for the call.
    func end() {
        documents.forEach { bson_destroy($0) }
        documents = []
    }

    /// A `bson_t` on C's heap, because C aligns it to 128 bytes, which Swift's stack does not.
    func bson(_ document: BSONDocument) throws(MongoError) -> OpaquePointer {
        let bytes = document.encode()
        guard let pointer = bson_new_from_data(bytes, bytes.count) else {
            throw .malformed("libbson refuses a document of \(bytes.count) bytes")
        }
        documents.append(pointer)
        return pointer
    }

    func bson(encoded writer: BSONWriter) throws(MongoError) -> OpaquePointer {
        guard let pointer = bson_new_from_data(writer.bytes, writer.bytes.count) else {
            throw .malformed("libbson refuses a document of \(writer.bytes.count) bytes")
        }
        documents.append(pointer)
        return pointer
    }

    /// Options of an operation, with the session's id.
    func options(_ document: BSONDocument = [:]) throws(MongoError) -> OpaquePointer {
        let pointer = try bson(document)
        guard let session else { return pointer }
        var error = bson_error_t()
        guard mongoc_client_session_append(session, pointer, &error) else { throw MongoError(error) }
        return pointer
    }

    func withCollection<Success>(
        _ database: String, _ name: String, _ body: (OpaquePointer) throws(MongoError) -> Success
    ) throws(MongoError) -> Success {
        guard let collection = mongoc_client_get_collection(client, database, name) else {
            throw .configuration("no collection \(name)")
        }
        defer { mongoc_collection_destroy(collection) }
        return try body(collection)
    }

    /// Calls libmongoc and turns false into the mapped error.
    func reply(
        _ body: (OpaquePointer, UnsafeMutablePointer<bson_error_t>) throws(MongoError) -> Bool
    ) throws(MongoError) -> BSONDocument {
        let (succeeded, document, error) = try Self.withReply(body)
        guard succeeded else { throw MongoError(error, reply: document) }
        return document
    }

    /// Calls libmongoc with room for a reply, which it overwrites.
    ///
    /// Not `bson_new()`: initialising over that would forget that the memory itself has to be freed.
    static func withReply(
        _ body: (OpaquePointer, UnsafeMutablePointer<bson_error_t>) throws(MongoError) -> Bool
    ) throws(MongoError) -> (succeeded: Bool, document: BSONDocument, error: bson_error_t) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(MemoryLayout<bson_t>.size, 128), alignment: 128)
        let reply = OpaquePointer(memory)
        bson_init(reply)
        defer {
            bson_destroy(reply)
            memory.deallocate()
        }
        var error = bson_error_t()
        let succeeded = try body(reply, &error)
        return (succeeded, try BSONDocument(reply), error)
    }
}

extension BSONDocument {
    /// Copies a document that libmongoc owns.
    init(_ pointer: OpaquePointer) throws(MongoError) {
        guard let data = bson_get_data(pointer) else { throw .malformed("a document without bytes") }
        // The length that the bytes begin with: `bson_t` keeps it in step.
        let length = UnsafeRawPointer(data).loadUnaligned(as: Int32.self)
        do throws(BSONError) {
            self = try BSONDocument.parse(UnsafeBufferPointer(start: data, count: Int(Int32(littleEndian: length))))
        } catch {
            throw .malformed(error.description)
        }
    }

    /// Reads a document where libmongoc has it.
    static func read<Row>(
        _ pointer: OpaquePointer, _ body: (inout BSONFields) throws(BSONError) -> Row
    ) throws(MongoError) -> Row {
        guard let data = bson_get_data(pointer) else { throw .malformed("a document without bytes") }
        let length = UnsafeRawPointer(data).loadUnaligned(as: Int32.self)
        do throws(BSONError) {
            var fields = try BSONFields(
                UnsafeBufferPointer(start: data, count: Int(Int32(littleEndian: length))))
            return try body(&fields)
        } catch {
            throw .malformed(error.description)
        }
    }
}
