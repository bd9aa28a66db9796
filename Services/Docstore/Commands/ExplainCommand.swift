import BSON

extension Command {
    static let explain = Command("explain", options: [.string: "verbosity"]) { context in
        guard case .document(var inner) = context.request.argument, !inner.isEmpty else {
            throw CommandError.wrongType("explain.explain", context.request.argument, expected: "object")
        }
        let verbosity = context.body.string("verbosity") ?? "allPlansExecution"
        try require(
            ["queryPlanner", "executionStats", "allPlansExecution"].contains(verbosity), .failedToParse,
            "'\(verbosity)' is no verbosity")
        inner["$db"] = .string(context.request.database)
        try CommandRegistry.byName[inner[0].key]?.options.check(inner, in: inner[0].key, from: 1)
        return try Explanation(of: CommandRequest(inner)).reply(context, withStatistics: verbosity != "queryPlanner")
    }
}

/// Which plan a query takes, in the shape that tools look into.
struct Explanation {
    private let query: QueryRequest

    init(query: QueryRequest) { self.query = query }

    init(of request: CommandRequest) throws {
        switch request.name {
        case "aggregate": query = try QueryRequest(aggregate: request)
        case "find": query = try QueryRequest(request, filter: "filter")
        case "count", "distinct", "findAndModify", "findandmodify": query = try QueryRequest(request, filter: "query")
        case "update", "delete":
            let statements = request.body.array(request.name == "update" ? "updates" : "deletes") ?? []
            guard statements.count == 1, var statement = statements[0].documentValue else {
                throw CommandError(.invalidLength, "explained write batches must be of size 1")
            }
            statement.elements.insert((key: request.name, value: request.argument), at: 0)
            statement["$db"] = .string(request.database)
            query = try QueryRequest(CommandRequest(statement), filter: "q")
        case let name: throw CommandError(.commandNotFound, "Explain failed due to unknown command: \(name)")
        }
    }

    func reply(_ context: CommandContext, withStatistics: Bool) throws -> CommandReply {
        try context.read { view in
            let planned = try query.planned(in: view)
            let planner: BSONDocument = [
                "namespace": .string("\(query.namespace)"), "indexFilterSet": false,
                "parsedQuery": .document(query.filter), "winningPlan": .document(winner(planned)),
                "rejectedPlans": [],
            ]
            var reply: BSONDocument = ["explainVersion": "1", "queryPlanner": .document(planner)]
            if withStatistics, let planned {
                reply.append("executionStats", .document(try statistics(planned, view, context.limit)))
            }
            return .document(reply)
        }
    }

    private func winner(_ planned: PlannedQuery?) -> BSONDocument {
        guard let planned else { return ["stage": "EOF"] }
        let stage = stage(of: planned.plan)
        guard let sort = query.orderToMake(by: planned.plan) else { return stage }
        let pattern = BSONDocument(
            elements: sort.parts.map { (key: $0.path.description, value: .int32($0.ascending ? 1 : -1)) })
        return ["stage": "SORT", "sortPattern": .document(pattern), "inputStage": .document(stage)]
    }

    private func statistics(_ planned: PlannedQuery, _ view: any StoreView, _ limit: TimeLimit) throws -> BSONDocument {
        let started = Clock.monotonic
        let matches = query.matches(of: planned, limit)
        var count = 0
        while try matches.nextMatch(in: view) != nil { count += 1 }
        matches.pause()
        return [
            "executionSuccess": true, "nReturned": .int32(Int32(clamping: count)),
            "executionTimeMillis": .int32(Int32(clamping: Clock.monotonic - started)),
            "totalKeysExamined": .int32(Int32(clamping: matches.scan.keysExamined)),
            "totalDocsExamined": .int32(Int32(clamping: matches.scan.documentsExamined)),
        ]
    }

    private func stage(of plan: Plan) -> BSONDocument {
        let filter: BSONValue? = query.filter.isEmpty ? nil : .document(query.filter)
        guard plan.accesses.count == 1 else {
            if plan.accesses.isEmpty { return ["stage": "EOF"] }
            let scans = plan.accesses.map { BSONValue.document(Self.scan($0, nil)) }
            return Self.stage("FETCH", filter, ["inputStage": ["stage": "OR", "inputStages": .array(scans)]])
        }
        let scan = Self.scan(plan.accesses[0], filter)
        guard case .index(let access) = plan.accesses[0] else { return scan }
        if access.index.isID, query.filter.plainID != nil { return ["stage": "IDHACK"] }
        return Self.stage(access.index.isText ? "TEXT_MATCH" : "FETCH", filter, ["inputStage": .document(scan)])
    }

    private static func scan(_ access: Plan.Access, _ filter: BSONValue?) -> BSONDocument {
        switch access {
        case .collection(let reverse):
            return stage("COLLSCAN", filter, ["direction": .string(reverse ? "backward" : "forward")])
        case .index(let access):
            let index = access.index
            return [
                "stage": "IXSCAN", "keyPattern": .document(index.keyPattern), "indexName": .string(index.name),
                "isMultiKey": .bool(index.isMultikey), "isUnique": .bool(index.isUnique),
                "isSparse": .bool(index.isSparse), "isPartial": .bool(index.partialFilter != nil),
                "direction": .string(access.reverse ? "backward" : "forward"),
            ]
        }
    }

    private static func stage(_ name: String, _ filter: BSONValue?, _ rest: BSONDocument) -> BSONDocument {
        var stage: BSONDocument = ["stage": .string(name)]
        stage.append("filter", ifPresent: filter)
        stage.elements += rest.elements
        return stage
    }
}
