import BSON

extension Command {
    static let explain = Command("explain", options: [.string: "verbosity"]) { context in
        guard case .document(var inner) = context.request.argument, let name = inner.first?.key else {
            throw CommandError.wrongType("explain.explain", context.request.argument, expected: "object")
        }
        let verbosity = context.body.string("verbosity") ?? "allPlansExecution"
        let isKnown = ["queryPlanner", "executionStats", "allPlansExecution"].contains(verbosity)
        try require(isKnown, .failedToParse, "'\(verbosity)' is no verbosity")
        inner["$db"] = .string(context.request.database)
        try byName[name]?.options.check(inner, in: name, from: 1)
        let request = try CommandRequest(inner)
        let asked =
            switch name {
            case "aggregate": try QueryRequest(aggregate: request)
            case "find": try QueryRequest(request, filter: "filter")
            case "count", "distinct": try QueryRequest(request, filter: "query")
            default: throw CommandError(.commandNotFound, "Explain failed due to unknown command: \(name)")
            }
        return try asked.explanation(context, withStatistics: verbosity != "queryPlanner")
    }
}

extension QueryRequest {
    func explanation(_ context: CommandContext, withStatistics: Bool) throws -> CommandReply {
        try context.read { view in
            let matches = try matches(in: view, context.limit)
            let planner: BSONDocument = [
                "namespace": .string("\(namespace)"), "indexFilterSet": false, "parsedQuery": .document(query.filter),
                "winningPlan": .document(matches.map(winner) ?? ["stage": "EOF"]), "rejectedPlans": [],
            ]
            var reply: BSONDocument = ["explainVersion": "1", "queryPlanner": .document(planner)]
            if withStatistics, let matches {
                let started = Clock.monotonic
                let count = try matches.count(in: view)
                reply["executionStats"] = [
                    "executionSuccess": true, "nReturned": .int(count),
                    "executionTimeMillis": .int(Int(Clock.monotonic - started)),
                    "totalKeysExamined": .int(matches.scan.keysExamined),
                    "totalDocsExamined": .int(matches.scan.documentsExamined),
                ]
            }
            return .document(reply)
        }
    }

    private func winner(_ matches: FindSource) -> BSONDocument {
        let stage = stage(of: matches.planned.plan)
        guard let order = matches.order else { return stage }
        let pattern = BSONDocument(elements: order.parts.map { ($0.path.description, .int($0.ascending ? 1 : -1)) })
        return ["stage": "SORT", "sortPattern": .document(pattern), "inputStage": .document(stage)]
    }

    private func stage(of plan: Plan) -> BSONDocument {
        let scans = plan.accesses.map(scan)
        if scans.isEmpty { return ["stage": "EOF"] }
        if scans.count > 1 {
            return ["stage": "FETCH", "inputStage": ["stage": "OR", "inputStages": .documents(scans)]]
        }
        guard let index = plan.accesses[0].index else { return scans[0] }
        if index.isID, query.filter.plainID != nil { return ["stage": "IDHACK"] }
        return ["stage": index.isText ? "TEXT_MATCH" : "FETCH", "inputStage": .document(scans[0])]
    }

    private func scan(_ access: Plan.Access) -> BSONDocument {
        let direction = BSONValue.string(access.reverse ? "backward" : "forward")
        guard let index = access.index else { return ["stage": "COLLSCAN", "direction": direction] }
        return [
            "stage": "IXSCAN", "keyPattern": .document(index.keyPattern), "indexName": .string(index.name),
            "isMultiKey": .bool(index.isMultikey), "isUnique": .bool(index.isUnique),
            "isSparse": .bool(index.isSparse), "isPartial": .bool(index.partialFilter != nil),
            "direction": direction,
        ]
    }
}
