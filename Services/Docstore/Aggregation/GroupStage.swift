import BSON

/// `$group`.
enum GroupKind: StageKind {
    static let names = ["$group"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard case .document(let document) = argument else {
            throw CommandError(code: 15947, "a group's fields must be specified in an object")
        }
        let parser = ExpressionParser(scope: ExpressionScope(variables: variables.names))
        var id: (any Expression)?
        var fields: [GroupStage.Field] = []
        for (key, value) in document.elements {
            if key == "_id" {
                guard id == nil else { throw CommandError(code: 15948, "a group's _id may only be specified once") }
                id = try parser.parse(value)
            } else {
                fields.append(try field(key, value, parser))
            }
        }
        guard let id else { throw CommandError(code: 15955, "a group specification must include an _id") }
        return [GroupStage(id: id, fields: fields)]
    }

    private static func field(
        _ name: String, _ value: BSONValue, _ parser: ExpressionParser
    ) throws(CommandError) -> GroupStage.Field {
        guard !name.contains(".") else {
            throw CommandError(code: 40235, "The field name '\(name)' cannot contain '.'")
        }
        guard !name.hasPrefix("$") else {
            throw CommandError(code: 40236, "The field name '\(name)' cannot be an operator name")
        }
        guard case .document(let document) = value, let (operation, argument) = document.first else {
            throw CommandError(code: 40234, "The field '\(name)' must be an accumulator object")
        }
        guard document.count == 1 else {
            throw CommandError(code: 40238, "The field '\(name)' must specify one accumulator")
        }
        if operation == "$count" {
            guard case .document(let empty) = argument, empty.isEmpty else {
                throw CommandError(.typeMismatch, "$count takes no arguments, i.e. $count:{}")
            }
            return GroupStage.Field(
                name: name, argument: LiteralExpression(value: .int32(1)), make: { SumAccumulator() })
        }
        guard let make = Accumulators.all[operation] else {
            throw CommandError(code: 15952, "unknown group operator '\(operation)'")
        }
        if case .array = argument {
            throw CommandError(code: 40237, "The \(operation) accumulator is a unary operator")
        }
        return GroupStage.Field(name: name, argument: try parser.parse(argument), make: make)
    }
}

struct GroupStage: PipelineStage {
    struct Field: Sendable {
        var name: String
        var argument: any Expression
        var make: @Sendable () -> any Accumulator
    }

    private struct Group {
        var id: BSONValue
        var accumulators: [any Accumulator]
    }

    var id: any Expression
    var fields: [Field]

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        CollectedInput {
            var places: [ValueKey: Int] = [:]
            var groups: [Group] = []
            while let document = try input.next() {
                let variables = context.variables.binding(root: document)
                let id = try self.id.evaluate(variables) ?? .null
                let key = ValueKey(id)
                let place: Int
                if let known = places[key] {
                    place = known
                } else {
                    place = groups.count
                    places[key] = place
                    groups.append(Group(id: id, accumulators: fields.map { $0.make() }))
                }
                for (index, field) in fields.enumerated() {
                    try groups[place].accumulators[index].add(try field.argument.evaluate(variables))
                }
            }
            return groups.map(document)
        }
    }

    private func document(_ group: Group) -> BSONDocument {
        var document: BSONDocument = ["_id": group.id]
        for (field, accumulator) in zip(fields, group.accumulators) {
            document.append(field.name, accumulator.result ?? .null)
        }
        return document
    }
}
