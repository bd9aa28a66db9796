import BSON

extension PipelineStages {
    private struct Field {
        let name: String
        let argument: Expression
        let make: @Sendable () -> any Accumulator
    }

    static func group(_ clause: StageClause) throws -> PipelineStage {
        let variables = clause.variables
        var ids: [Expression] = []
        var fields: [Field] = []
        for (name, value) in try clause.document(else: 15947).elements {
            if name == "_id" {
                ids.append(try variables.parser.parse(value))
            } else {
                fields.append(try field(name, value, variables.parser))
            }
        }
        try require(ids.count <= 1, code: 15948, "a group's _id may only be specified once")
        let id = try ids.first.orThrow(CommandError(code: 15955, "a group specification must include an _id"))
        return PipelineStage { [fields] input, _ in collected { try groups(of: input, by: id, fields, variables) } }
    }

    private static func field(_ name: String, _ value: BSONValue, _ parser: ExpressionParser) throws -> Field {
        try require(!name.contains("."), code: 40235, "The field '\(name)' cannot contain '.'")
        try require(!name.hasPrefix("$"), code: 40236, "The field '\(name)' cannot be an operator")
        let document = value.documentValue ?? [:]
        try require(!document.isEmpty, code: 40234, "The field '\(name)' must be an accumulator object")
        try require(document.count == 1, code: 40238, "The field '\(name)' must have one accumulator")
        let (operation, argument) = document[0]
        if operation == "$count" {
            try require(argument == [:], .typeMismatch, "$count takes no arguments but {}")
            return Field(name: name, argument: .constant(1)) { SumAccumulator(isAverage: false) }
        }
        let make = try Accumulators.all[operation].orThrow(.init(code: 15952, "unknown group operator \(operation)"))
        try require(argument.arrayValue == nil, code: 40237, "The \(operation) accumulator is a unary operator")
        return Field(name: name, argument: try parser.parse(argument), make: make)
    }

    private static func groups(
        of input: PipelineInput, by id: Expression, _ fields: [Field], _ variables: Variables
    ) throws -> [BSONDocument] {
        var places: [ValueKey: Int] = [:]
        var groups: [(id: BSONValue, accumulators: [any Accumulator])] = []
        var memory = MemoryBudget(owner: "$group")
        while let document = try input() {
            let variables = variables.binding(root: document)
            let id = try id.evaluate(variables) ?? .null
            let key = ValueKey(id)
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append((id, fields.map { $0.make() }))
                try memory.take(2 * id.approximateSize + 64 * fields.count)
            }
            for (index, field) in fields.enumerated() {
                try groups[place].accumulators[index].add(try field.argument.evaluate(variables), &memory)
            }
        }
        return groups.map { id, accumulators in
            ["_id": id] + BSONDocument(elements: zip(fields, accumulators).map { ($0.name, $1.result) })
        }
    }

    /// `$sortByCount`: groups, counts, and sorts the most frequent first.
    static func sortByCount(_ clause: StageClause) throws -> PipelineStage {
        let start = clause.argument.documentValue.map { $0.first?.key ?? "" } ?? clause.argument.stringValue
        let code: Int32 = start == nil ? 40149 : clause.argument.stringValue == nil ? 40147 : 40148
        try require(start?.hasPrefix("$") == true, code: code, "$sortByCount takes a path or an expression")
        let counting: BSONDocument = ["$group": ["_id": clause.argument, "count": ["$sum": 1]]]
        let group = try parse(counting, isFirst: false, clause.variables)
        let sort = PipelineStage.sort(try SortPattern(["count": -1]))
        return PipelineStage { sort.run(group.run($0, $1), $1) }
    }

    static func count(_ clause: StageClause) throws -> PipelineStage {
        let field = try clause.argument.stringValue.orThrow(.init(code: 40156, "the count field must be a string"))
        try require(!field.isEmpty, code: 40157, "the count field cannot be empty")
        try require(!field.hasPrefix("$"), code: 40158, "the count field cannot start with '$'")
        try require(!field.contains("\0"), code: 40159, "the count field cannot contain a null byte")
        try require(!field.contains("."), code: 40160, "the count field cannot contain '.'")
        return PipelineStage { input, _ in
            collected {
                var count: Int64 = 0
                while try input() != nil { count += 1 }
                return count == 0 ? [] : [[field: Number.narrow(count).value]]
            }
        }
    }
}
