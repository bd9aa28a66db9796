import BSON

extension Command {
    static let explain = Command("explain", options: [.string("verbosity")]) { context in
        guard case .document(var inner) = context.request.argument, !inner.isEmpty else {
            throw CommandError.wrongType("explain.explain", context.request.argument, expected: "object")
        }
        let verbosity = context.body.string("verbosity") ?? "allPlansExecution"
        guard ["queryPlanner", "executionStats", "allPlansExecution"].contains(verbosity) else {
            throw CommandError(.failedToParse, "'\(verbosity)' is no verbosity")
        }
        inner["$db"] = .string(context.request.database)
        let request = try CommandRequest(inner)
        try CommandRegistry.byName[request.name]?.options.check(inner, in: request.name, isCommand: true)
        return try Explanation(of: request).reply(context, withStatistics: verbosity != "queryPlanner")
    }
}

/// Which plan a command would take, in the shape that tools look into.
struct Explanation {
    private let namespace: Namespace
    private let shape: FindSource.Shape
    private let plan: (CollectionInfo) throws -> PlannedQuery

    init(aggregate: AggregateRequest) {
        namespace = aggregate.namespace
        shape = FindSource.Shape()
        plan = { try aggregate.planned(in: $0).query }
    }

    init(find: FindRequest) {
        namespace = find.namespace
        shape = find.shape
        plan = { try find.planned(in: $0) }
    }

    init(of request: CommandRequest) throws {
        switch request.name {
        case "aggregate": self.init(aggregate: try AggregateRequest(request))
        case "find": self.init(find: try FindRequest(request))
        case "count", "distinct", "findAndModify", "findandmodify":
            var find = try FindRequest(request, filter: "query")
            find.shape.sort = try request.body.document("sort").map { try SortPattern($0) }
            self.init(find: find)
        case "update", "delete":
            let statements = request.body.array(request.name == "update" ? "updates" : "deletes") ?? []
            guard statements.count == 1, var statement = statements[0].documentValue else {
                throw CommandError(.invalidLength, "explained write batches must be of size 1")
            }
            statement.elements.insert((key: request.name, value: request.argument), at: 0)
            statement["$db"] = .string(request.database)
            self.init(find: try FindRequest(CommandRequest(statement), filter: "q"))
        case let name: throw CommandError(.commandNotFound, "Explain failed due to unknown command: \(name)")
        }
    }

    func reply(_ context: CommandContext, withStatistics: Bool) throws -> CommandReply {
        try context.read { view in
            let query = try view.catalog[namespace].map { try plan($0) }
            let planner: BSONDocument = [
                "namespace": .string("\(namespace)"), "indexFilterSet": false,
                "parsedQuery": .document(query?.filter ?? [:]), "winningPlan": .document(winner(query)),
                "rejectedPlans": [],
            ]
            var reply: BSONDocument = ["explainVersion": "1", "queryPlanner": .document(planner)]
            if withStatistics, let query {
                reply.append("executionStats", .document(try statistics(query, view, context.limit)))
            }
            return .document(reply)
        }
    }

    private func winner(_ query: PlannedQuery?) -> BSONDocument {
        guard let query else { return ["stage": "EOF"] }
        let stage = Self.stage(of: query.plan.access, query.filter)
        guard let sort = shape.sort, !sort.isEmpty, !query.plan.providesSort else { return stage }
        let pattern = BSONDocument(
            elements: sort.parts.map { (key: $0.path.description, value: .int32($0.ascending ? 1 : -1)) })
        return ["stage": "SORT", "sortPattern": .document(pattern), "inputStage": .document(stage)]
    }

    private func statistics(_ query: PlannedQuery, _ view: any StoreView, _ limit: TimeLimit) throws -> BSONDocument {
        let started = Clock.monotonic
        let matches = MatchSource(query, limit)
        var count = 0
        while count < shape.end, try matches.next(in: view) != nil { count += 1 }
        matches.scan.pause()
        return [
            "executionSuccess": true, "nReturned": .int32(Int32(clamping: max(0, count - shape.skip))),
            "executionTimeMillis": .int32(Int32(clamping: Clock.monotonic - started)),
            "totalKeysExamined": .int32(Int32(clamping: matches.scan.keysExamined)),
            "totalDocsExamined": .int32(Int32(clamping: matches.scan.documentsExamined)),
        ]
    }

    private static func stage(of access: Plan.Access, _ filter: BSONDocument) -> BSONDocument {
        var stage = BSONDocument()
        func append(_ name: BSONValue, _ rest: BSONDocument) {
            stage.append("stage", name)
            if !filter.isEmpty { stage.append("filter", .document(filter)) }
            stage.elements += rest.elements
        }
        switch access {
        case .nothing: return ["stage": "EOF"]
        case .index(let access) where access.index.isID && filter.plainID != nil: return ["stage": "IDHACK"]
        case .collection(let reverse): append("COLLSCAN", ["direction": .string(reverse ? "backward" : "forward")])
        case .index(let access):
            append(access.index.isText ? "TEXT_MATCH" : "FETCH", ["inputStage": .document(scan(access))])
        case .union(let parts):
            let scans = parts.map { part -> BSONValue in
                if case .index(let access) = part { .document(scan(access)) } else { ["stage": "EOF"] }
            }
            append("FETCH", ["inputStage": ["stage": "OR", "inputStages": .array(scans)]])
        }
        return stage
    }

    private static func scan(_ access: IndexAccess) -> BSONDocument {
        let index = access.index
        return [
            "stage": "IXSCAN", "keyPattern": .document(index.keyPattern), "indexName": .string(index.name),
            "isMultiKey": .bool(index.isMultikey), "isUnique": .bool(index.isUnique),
            "isSparse": .bool(index.isSparse), "isPartial": .bool(index.partialFilter != nil), "indexVersion": 2,
            "direction": .string(access.reverse ? "backward" : "forward"),
        ]
    }
}
