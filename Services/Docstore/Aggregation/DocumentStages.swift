import BSON

extension PipelineStages {
    /// `$project`, `$addFields` and its other name `$set`, and `$unset`.
    static func project(_ clause: StageClause) throws -> PipelineStage {
        let adds = clause.name == "$addFields" || clause.name == "$set"
        let fields =
            clause.name == "$unset" ? try exclusion(clause.argument) : try clause.document(else: adds ? 40272 : 15969)
        try require(!fields.isEmpty, code: adds ? 40177 : 51272, "\(clause.name) must have at least one field")
        let projection: Projection
        do {
            projection = try Projection(fields, place: adds ? .addFields : .project, variables: clause.variables)
        } catch let error as CommandError {
            throw error.during("Invalid \(clause.name)")
        }
        return .transforming { document in try projection.apply(document) }
    }

    private static func exclusion(_ argument: BSONValue) throws -> BSONDocument {
        let names = argument.arrayValue ?? [argument]
        try require(!names.isEmpty, code: 31119, "$unset must be given at least one field")
        let fields = names.compactMap(\.stringValue)
        let code: Int32 = argument.arrayValue == nil ? 31002 : 31120
        try require(fields.count == names.count, code: code, "$unset must be a string or an array of strings")
        return BSONDocument(elements: fields.map { ($0, false) })
    }

    static func replaceRoot(_ clause: StageClause) throws -> PipelineStage {
        var root = clause.argument
        if clause.name == "$replaceRoot" {
            root = try NamedArguments(root, of: clause.name, ["newRoot"], codes: (40229, 40415))
                .require("newRoot", missing: 40414)
        }
        let variables = clause.variables
        let expression = try variables.parser.parse(root)
        return .transforming { document in
            let root = try expression.evaluate(variables.binding(root: document))
            return try Arguments(name: "'newRoot'", values: [root]).document(else: 40228)
        }
    }
}
