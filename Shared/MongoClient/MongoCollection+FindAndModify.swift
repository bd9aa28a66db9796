package import BSON
import CMongoc

extension MongoCollection {
    /// Which state of the document comes back.
    package enum Returned: Sendable { case before, after }

    /// Changes the first match and returns it, in one step.
    ///
    /// - Parameter update: update operators or `.pipeline([…])`; nil removes the document and returns it as it was.
    /// - Returns: nil without a match (and, with an upsert and `.before`, when it was inserted).
    package func findAndModify(
        _ filter: BSONDocument, update: BSONDocument?, sort: BSONDocument? = nil, projection: BSONDocument? = nil,
        upsert: Bool = false, returning: Returned = .after, arrayFilters: [BSONDocument]? = nil,
        in session: MongoSession? = nil
    ) async throws(MongoError) -> BSONDocument? {
        var flags: UInt32 = 0
        if update == nil { flags |= MONGOC_FIND_AND_MODIFY_REMOVE.rawValue }
        if upsert { flags |= MONGOC_FIND_AND_MODIFY_UPSERT.rawValue }
        if update != nil, returning == .after { flags |= MONGOC_FIND_AND_MODIFY_RETURN_NEW.rawValue }
        let chosen = mongoc_find_and_modify_flags_t(rawValue: flags)
        return try await call(in: session) { (call, collection) throws(MongoError) in
            let options = mongoc_find_and_modify_opts_new()
            defer { mongoc_find_and_modify_opts_destroy(options) }
            mongoc_find_and_modify_opts_set_flags(options, chosen)
            mongoc_find_and_modify_opts_set_max_time_ms(options, UInt32(clamping: call.operationMilliseconds))
            // libmongoc copies each of them.
            if let update { mongoc_find_and_modify_opts_set_update(options, try call.bson(update)) }
            if let sort { mongoc_find_and_modify_opts_set_sort(options, try call.bson(sort)) }
            if let projection { mongoc_find_and_modify_opts_set_fields(options, try call.bson(projection)) }
            var extra: BSONDocument = [:]
            extra.append("arrayFilters", ifPresent: arrayFilters.map { .array($0.map(BSONValue.document)) })
            mongoc_find_and_modify_opts_append(options, try call.options(extra))
            let filter = try call.bson(filter)
            let reply = try call.reply { (reply, error) in
                mongoc_collection_find_and_modify_with_opts(collection, filter, options, reply, error)
            }
            return reply.document("value")
        }
    }
}
