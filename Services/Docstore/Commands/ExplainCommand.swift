import BSON

/// `explain`: which plan a command would take.
struct ExplainCommand: Command {
    static let name = "explain"
    static let options: Set<String> = ["verbosity"]

    private let explained: CommandRequest
    private let verbosity: String

    init(_ request: CommandRequest) throws {
        guard case .document(var inner) = request.argument, !inner.isEmpty else {
            throw CommandError.wrongType("explain.explain", request.argument, expected: "object")
        }
        inner["$db"] = .string(request.database)
        verbosity = request.body.string("verbosity") ?? "allPlansExecution"
        guard ["queryPlanner", "executionStats", "allPlansExecution"].contains(verbosity) else {
            throw CommandError(
                .failedToParse,
                "verbosity string must be one of {'queryPlanner', 'executionStats', 'allPlansExecution'}")
        }
        explained = try CommandRequest(inner)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.read { view in
            switch explained.name {
            case AggregateCommand.name:
                var body = explained.body
                if body["cursor"] == nil { body.append("cursor", [:]) }
                let request = try CommandRequest(body)
                try request.refuseUnknown(AggregateCommand.options)
                return .document(try Explanation.reply(of: AggregateCommand(request), view, context))
            case FindCommand.name:
                try explained.refuseUnknown(FindCommand.options)
                let find = try FindCommand(explained)
                return .document(
                    try Explanation.reply(
                        find.namespace, filter: find.filter, shape: find.shape, hint: find.hint, view, context,
                        withStatistics: verbosity != "queryPlanner"))
            default:
                let (namespace, filter, sort, hint) = try simpleQuery()
                var shape = FindSource.Shape()
                shape.sort = try sort.map { try SortPattern($0) }
                return .document(
                    try Explanation.reply(
                        namespace, filter: filter, shape: shape, hint: hint, view, context,
                        withStatistics: verbosity != "queryPlanner"))
            }
        }
    }

    /// The query of a command that has one.
    private func simpleQuery() throws -> (Namespace, BSONDocument, BSONDocument?, BSONValue?) {
        let namespace = try explained.namespace()
        let body = explained.body
        switch explained.name {
        case "count", "distinct": return (namespace, body.document("query") ?? [:], nil, body["hint"])
        case "findAndModify", "findandmodify":
            return (namespace, body.document("query") ?? [:], body.document("sort"), body["hint"])
        case "update", "delete":
            let statements = body.array(explained.name == "update" ? "updates" : "deletes") ?? []
            guard statements.count == 1, let statement = statements[0].documentValue else {
                throw CommandError(.invalidLength, "explained write batches must be of size 1")
            }
            return (namespace, statement.document("q") ?? [:], nil, statement["hint"])
        default:
            throw CommandError(.commandNotFound, "Explain failed due to unknown command: \(explained.name)")
        }
    }
}

/// The answer of `explain`, in the shape that tools look into.
enum Explanation {
    static func reply(
        _ namespace: Namespace, filter: BSONDocument, shape: FindSource.Shape, hint: BSONValue?,
        _ view: any StoreView, _ context: CommandContext, withStatistics: Bool
    ) throws -> BSONDocument {
        guard let collection = view.catalog[namespace] else {
            return wrap(namespace, filter, winning: ["stage": "EOF"], statistics: nil)
        }
        let query = try PlannedQuery(
            filter, matcher: try Matcher(filter: filter, variables: Variables([:], now: Clock.wall)),
            sort: shape.sort, collection: collection, hint: hint)
        var plan = describe(query.plan.access, filter: filter, isID: filter.plainID != nil && hint == nil)
        if let sort = shape.sort, !sort.isEmpty, !query.plan.providesSort {
            plan = [
                "stage": "SORT", "sortPattern": .document(pattern(sort)), "inputStage": .document(plan),
            ]
        }
        var statistics: BSONDocument?
        if withStatistics { statistics = try measure(query, shape, view, context) }
        return wrap(namespace, filter, winning: plan, statistics: statistics)
    }

    static func reply(
        of aggregate: AggregateCommand, _ view: any StoreView, _ context: CommandContext
    ) throws -> BSONDocument {
        guard let collection = view.catalog[aggregate.namespace] else {
            return wrap(aggregate.namespace, [:], winning: ["stage": "EOF"], statistics: nil)
        }
        let (query, _) = try aggregate.plan(collection)
        let plan = describe(query.plan.access, filter: query.filter, isID: query.filter.plainID != nil)
        return wrap(aggregate.namespace, query.filter, winning: plan, statistics: nil)
    }

    private static func measure(
        _ query: PlannedQuery, _ shape: FindSource.Shape, _ view: any StoreView, _ context: CommandContext
    ) throws -> BSONDocument {
        let started = Clock.monotonic
        let matches = MatchSource(query, limit: context.limit)
        var count = 0
        let wanted = shape.limit.map { $0 + shape.skip } ?? .max
        while count < wanted, try matches.next(in: view) != nil { count += 1 }
        matches.pause()
        return [
            "executionSuccess": true, "nReturned": .int32(Int32(clamping: max(0, count - shape.skip))),
            "executionTimeMillis": .int32(Int32(clamping: Clock.monotonic - started)),
            "totalKeysExamined": .int32(Int32(clamping: matches.keysExamined)),
            "totalDocsExamined": .int32(Int32(clamping: matches.documentsExamined)),
        ]
    }

    private static func wrap(
        _ namespace: Namespace, _ filter: BSONDocument, winning: BSONDocument, statistics: BSONDocument?
    ) -> BSONDocument {
        var reply: BSONDocument = [
            "explainVersion": "1",
            "queryPlanner": [
                "namespace": .string("\(namespace)"), "indexFilterSet": false, "parsedQuery": .document(filter),
                "winningPlan": .document(winning), "rejectedPlans": [],
            ],
        ]
        if let statistics { reply.append("executionStats", .document(statistics)) }
        reply.append("serverInfo", ["version": .string(BuildInfoCommand.version)])
        return reply
    }

    private static func pattern(_ sort: SortPattern) -> BSONDocument {
        var pattern = BSONDocument()
        for part in sort.parts { pattern.append(part.path.description, .int32(part.ascending ? 1 : -1)) }
        return pattern
    }

    private static func describe(_ access: Plan.Access, filter: BSONDocument, isID: Bool) -> BSONDocument {
        switch access {
        case .nothing: return ["stage": "EOF"]
        case .collection(let reverse):
            var stage: BSONDocument = ["stage": "COLLSCAN"]
            if !filter.isEmpty { stage.append("filter", .document(filter)) }
            stage.append("direction", .string(reverse ? "backward" : "forward"))
            return stage
        case .index(let access):
            if isID { return ["stage": "IDHACK"] }
            var stage: BSONDocument = ["stage": .string(access.index.isText ? "TEXT_MATCH" : "FETCH")]
            if !filter.isEmpty { stage.append("filter", .document(filter)) }
            stage.append("inputStage", .document(describe(access)))
            return stage
        case .union(let parts):
            return [
                "stage": "FETCH", "filter": .document(filter),
                "inputStage": [
                    "stage": "OR",
                    "inputStages": .array(
                        parts.map { part in
                            guard case .index(let access) = part else { return .document(["stage": "EOF"]) }
                            return .document(describe(access))
                        }),
                ],
            ]
        }
    }

    private static func describe(_ access: IndexAccess) -> BSONDocument {
        let index = access.index
        return [
            "stage": "IXSCAN", "keyPattern": .document(index.keyPattern), "indexName": .string(index.name),
            "isMultiKey": .bool(index.isMultikey), "isUnique": .bool(index.isUnique),
            "isSparse": .bool(index.isSparse), "isPartial": .bool(index.partialFilter != nil), "indexVersion": 2,
            "direction": .string(access.reverse ? "backward" : "forward"),
            "boundFields": .int32(Int32(access.bounds.count)), "ranges": .int32(Int32(access.ranges.count)),
        ]
    }
}
