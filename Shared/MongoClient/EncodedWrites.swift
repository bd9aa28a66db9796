package import BSON
import CMongoc

/// Writes to one collection, encoded as they are added: for batches of hundreds, where a tree of values for each, and its
/// copies, would cost more than all the rest.
///
/// Nothing checks here that a document's names are such as MongoDB takes; the server does.
package struct EncodedWrites: Sendable {
    fileprivate enum Kind { case insert, replaceOne, updateOne, updateMany }

    fileprivate struct Operation {
        let kind: Kind
        let isUpsert: Bool
        /// Where the filter ends and the change begins; an insert has no filter.
        let start: Int
        let middle: Int
        let end: Int
    }

    private var writer: BSONWriter
    private var operations: [Operation] = []

    package var count: Int { operations.count }
    package var isEmpty: Bool { operations.isEmpty }

    /// - Parameter bytes: that the writes will mostly take.
    package init(reserving bytes: Int = 4096) { writer = BSONWriter(reserving: bytes) }

    package mutating func insert(_ document: (inout BSONWriter) -> Void) {
        let start = writer.bytes.count
        writer.document(document)
        operations.append(
            Operation(kind: .insert, isUpsert: false, start: start, middle: start, end: writer.bytes.count))
    }

    /// - Parameter document: a whole document.
    package mutating func insert(encoded document: ArraySlice<UInt8>) {
        let start = writer.bytes.count
        writer.append(rawDocument: document)
        operations.append(
            Operation(kind: .insert, isUpsert: false, start: start, middle: start, end: writer.bytes.count))
    }

    package mutating func replaceOne(
        _ filter: (inout BSONWriter) -> Void, byEncoded document: ArraySlice<UInt8>, upsert: Bool = false
    ) {
        let start = writer.bytes.count
        writer.document(filter)
        let middle = writer.bytes.count
        writer.append(rawDocument: document)
        operations.append(
            Operation(kind: .replaceOne, isUpsert: upsert, start: start, middle: middle, end: writer.bytes.count))
    }

    /// Puts the document in the place of the first match.
    package mutating func replaceOne(
        _ filter: (inout BSONWriter) -> Void, by document: (inout BSONWriter) -> Void, upsert: Bool = false
    ) { append(.replaceOne, filter, document, upsert) }

    package mutating func updateOne(
        _ filter: (inout BSONWriter) -> Void, _ update: (inout BSONWriter) -> Void, upsert: Bool = false
    ) { append(.updateOne, filter, update, upsert) }

    package mutating func updateMany(_ filter: (inout BSONWriter) -> Void, _ update: (inout BSONWriter) -> Void) {
        append(.updateMany, filter, update, false)
    }

    private mutating func append(
        _ kind: Kind, _ filter: (inout BSONWriter) -> Void, _ change: (inout BSONWriter) -> Void, _ isUpsert: Bool
    ) {
        let start = writer.bytes.count
        writer.document(filter)
        let middle = writer.bytes.count
        writer.document(change)
        operations.append(
            Operation(kind: kind, isUpsert: isUpsert, start: start, middle: middle, end: writer.bytes.count))
    }

    /// Adds the operations to libmongoc's bulk, which copies them.
    func append(to bulk: OpaquePointer, _ call: MongoCall) throws(MongoError) {
        let plain = try call.bson(["validate": false])
        let upserting = try call.bson(["validate": false, "upsert": true])
        // Two `bson_t` that lie over the bytes of one operation after the other.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * Self.stride, alignment: 128)
        defer { memory.deallocate() }
        let (filter, change) = (OpaquePointer(memory), OpaquePointer(memory + Self.stride))
        var error = bson_error_t()
        let succeeded = writer.bytes.withUnsafeBufferPointer { bytes -> Bool in
            guard let base = bytes.baseAddress else { return true }
            return operations.allSatisfy { operation in
                bson_init_static(filter, base + operation.start, operation.filterLength)
                    && bson_init_static(change, base + operation.middle, operation.end - operation.middle)
                    && operation.append(to: bulk, filter, change, operation.isUpsert ? upserting : plain, &error)
            }
        }
        guard succeeded else { throw MongoError(error) }
    }

    private static let stride = max((MemoryLayout<bson_t>.size + 127) / 128 * 128, 128)
}

extension EncodedWrites.Operation {
    fileprivate var filterLength: Int { kind == .insert ? end - start : middle - start }

    fileprivate func append(
        to bulk: OpaquePointer, _ filter: OpaquePointer, _ change: OpaquePointer, _ options: OpaquePointer,
        _ error: inout bson_error_t
    ) -> Bool {
        switch kind {
        case .insert: mongoc_bulk_operation_insert_with_opts(bulk, change, options, &error)
        case .replaceOne: mongoc_bulk_operation_replace_one_with_opts(bulk, filter, change, options, &error)
        case .updateOne: mongoc_bulk_operation_update_one_with_opts(bulk, filter, change, options, &error)
        case .updateMany: mongoc_bulk_operation_update_many_with_opts(bulk, filter, change, options, &error)
        }
    }
}
