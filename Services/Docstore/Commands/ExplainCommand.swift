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
        let query = try QueryRequest(explained: CommandRequest(inner))
        return try query.explanation(context, withStatistics: verbosity != "queryPlanner")
    }
}

/// Which plan a query takes, in the shape that tools look into.
extension QueryRequest {
    fileprivate init(explained request: CommandRequest) throws {
        switch request.name {
        case "aggregate": try self.init(aggregate: request)
        case "find": try self.init(request, filter: "filter")
        case "count", "distinct", "findAndModify", "findandmodify": try self.init(request, filter: "query")
        case "update", "delete":
            let statements = request.body.array("updates") ?? request.body.array("deletes") ?? []
            guard statements.count == 1, var statement = statements[0].documentValue else {
                throw CommandError(.invalidLength, "explained write batches must be of size 1")
            }
            statement.elements.insert((key: request.name, value: request.argument), at: 0)
            statement["$db"] = .string(request.database)
            try self.init(CommandRequest(statement), filter: "q")
        case let name: throw CommandError(.commandNotFound, "Explain failed due to unknown command: \(name)")
        }
    }

    func explanation(_ context: CommandContext, withStatistics: Bool) throws -> CommandReply {
        try context.read { view in
            let query = try planned(in: view)
            let planner: BSONDocument = [
                "namespace": .string("\(namespace)"), "indexFilterSet": false, "parsedQuery": .document(filter),
                "winningPlan": .document(query.map { winner($0.plan) } ?? ["stage": "EOF"]), "rejectedPlans": [],
            ]
            var reply: BSONDocument = ["explainVersion": "1", "queryPlanner": .document(planner)]
            if withStatistics, let query {
                reply.append("executionStats", .document(try statistics(query, view, context.limit)))
            }
            return .document(reply)
        }
    }

    private func statistics(_ query: PlannedQuery, _ view: any StoreView, _ limit: TimeLimit) throws -> BSONDocument {
        let started = Clock.monotonic
        let matches = matches(of: query, limit)
        var count = 0
        while try matches.nextMatch(in: view) != nil { count += 1 }
        matches.pause()
        return [
            "executionSuccess": true, "nReturned": .int(count),
            "executionTimeMillis": .int(Int(Clock.monotonic - started)),
            "totalKeysExamined": .int(matches.scan.keysExamined),
            "totalDocsExamined": .int(matches.scan.documentsExamined),
        ]
    }

    private func winner(_ plan: Plan) -> BSONDocument {
        let stage = stage(of: plan)
        guard let sort = orderToMake(by: plan) else { return stage }
        let pattern = sort.parts.map { (key: $0.path.description, value: BSONValue.int($0.ascending ? 1 : -1)) }
        let shown = BSONValue.document(BSONDocument(elements: pattern))
        return ["stage": "SORT", "sortPattern": shown, "inputStage": .document(stage)]
    }

    private func stage(of plan: Plan) -> BSONDocument {
        let scans = plan.accesses.map(scan)
        if scans.isEmpty { return ["stage": "EOF"] }
        if scans.count > 1 {
            let either: BSONValue = ["stage": "OR", "inputStages": .array(scans.map { .document($0) })]
            return filtered("FETCH", ["inputStage": either])
        }
        guard case .index(let access) = plan.accesses[0] else { return scans[0] }
        if access.index.isID, filter.plainID != nil { return ["stage": "IDHACK"] }
        return filtered(access.index.isText ? "TEXT_MATCH" : "FETCH", ["inputStage": .document(scans[0])])
    }

    private func scan(_ access: Plan.Access) -> BSONDocument {
        switch access {
        case .collection(let reverse):
            return filtered("COLLSCAN", ["direction": .string(reverse ? "backward" : "forward")])
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

    private func filtered(_ stage: String, _ rest: BSONDocument) -> BSONDocument {
        let filter: BSONDocument = filter.isEmpty ? [:] : ["filter": .document(filter)]
        return BSONDocument(elements: [(key: "stage", value: .string(stage))] + filter.elements + rest.elements)
    }
}
