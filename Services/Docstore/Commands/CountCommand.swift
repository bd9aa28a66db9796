import BSON

/// `count`
struct CountCommand: Command {
    static let name = "count"
    static let options: Set<String> = ["query", "limit", "skip", "hint", "collation", "fields"]

    private let namespace: Namespace
    private let filter: BSONDocument
    private let matcher: Matcher
    private let skip: Int
    private let limit: Int?
    private let hint: BSONValue?

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        let arguments = CommandArguments(request)
        try arguments.refuse(["collation"])
        filter = try arguments.document("query") ?? [:]
        matcher = try Matcher(filter: filter, variables: Variables([:], now: Clock.wall))
        skip = try arguments.count("skip", called: "Skip") ?? 0
        // A negative limit counts as its magnitude.
        let bound = request.body["limit"].flatMap { Number($0)?.truncatedInt64 } ?? 0
        limit = bound == 0 ? nil : Int(bound.magnitude)
        hint = request.body["hint"].flatMap { $0.documentValue?.isEmpty == true ? nil : $0 }
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        let counted = try context.read { view -> Int in
            guard let collection = view.catalog[namespace] else { return 0 }
            if filter.isEmpty, hint == nil, let view = view as? ConnectionView { return try view.count(collection) }
            let query = try PlannedQuery(filter, matcher: matcher, sort: nil, collection: collection, hint: hint)
            let matches = MatchSource(query, limit: context.limit)
            var count = 0
            while count < (limit.map { $0 + skip } ?? .max), try matches.next(in: view) != nil { count += 1 }
            return count
        }
        let n = max(0, counted - skip)
        return .document(["n": .int32(Int32(clamping: limit.map { min($0, n) } ?? n))])
    }
}

extension ConnectionView {
    /// All documents of a collection, counted without reading them.
    func count(_ collection: CollectionInfo) throws(StorageError) -> Int {
        let bounds = RecordID.bounds(of: collection.number)
        let key = StatementKey(.countDocuments, shard: collection.shard)
        return try connection.with(key) { statement throws(StorageError) in
            statement.bind(1, bounds.lower.raw)
            statement.bind(2, bounds.upper.raw)
            return try statement.step() ? Int(statement.integer(0)) : 0
        }
    }
}
