import BSON

/// `distinct`
struct DistinctCommand: Command {
    static let name = "distinct"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = ["key", "query", "hint", "collation"]

    private let namespace: Namespace
    private let path: FieldPath
    private let filter: BSONDocument
    private let matcher: Matcher

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        let arguments = CommandArguments(request)
        try arguments.refuse(["collation"])
        guard let key = request.body["key"] else {
            throw CommandError(code: 40414, "BSON field 'distinct.key' is missing but a required field")
        }
        guard case .string(let path) = key else {
            throw CommandError.wrongType("distinct.key", key, expected: "string")
        }
        self.path = FieldPath(path)
        filter = try arguments.document("query") ?? [:]
        matcher = try Matcher(filter: filter, variables: Variables([:], now: Clock.wall))
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        var seen: Set<ValueKey> = []
        var values: [BSONValue] = []
        try context.read { view in
            guard let collection = view.catalog[namespace] else { return }
            let query = try PlannedQuery(filter, matcher: matcher, sort: nil, collection: collection)
            let matches = MatchSource(query, limit: context.limit)
            while let match = try matches.next(in: view) {
                _ = try path.visit(match.parsed(), leaf: .traverse) { value, _ throws(CommandError) in
                    guard let value else { return false }
                    if case .array = value { return false }
                    if seen.insert(ValueKey(value)).inserted { values.append(value) }
                    return false
                }
            }
        }
        return .document(["values": .array(values.sorted { MongoOrder.compare($0, $1) < 0 })])
    }
}
