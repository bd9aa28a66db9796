import BSON

/// Stages that turn each document into one other.
extension PipelineStages {
    /// `$project`, `$addFields` and its other name `$set`, and `$unset`.
    static func project(_ clause: StageClause) throws(CommandError) -> PipelineStage {
        let adds = clause.name == "$addFields" || clause.name == "$set"
        let fields =
            clause.name == "$unset" ? try exclusion(clause.argument) : try clause.document(else: adds ? 40272 : 15969)
        try require(!fields.isEmpty, code: adds ? 40177 : 51272, "\(clause.name) must have at least one field")
        let projection: Projection
        do {
            projection = try Projection(fields, place: adds ? .addFields : .project, variables: clause.variables)
        } catch {
            throw error.during("Invalid \(clause.name)")
        }
        return .transforming { (document) throws(CommandError) in try projection.apply(document) }
    }

    private static func exclusion(_ argument: BSONValue) throws(CommandError) -> BSONDocument {
        let names = argument.arrayValue ?? [argument]
        try require(!names.isEmpty, code: 31119, "$unset must be given at least one field")
        let fields = names.compactMap(\.stringValue)
        let code: Int32 = argument.arrayValue == nil ? 31002 : 31120
        try require(fields.count == names.count, code: code, "$unset must be a string or an array of strings")
        return BSONDocument(elements: fields.map { ($0, false) })
    }

    /// `$replaceRoot` and `$replaceWith`.
    static func replaceRoot(_ clause: StageClause) throws(CommandError) -> PipelineStage {
        var root = clause.argument
        if clause.name == "$replaceRoot" {
            root = try NamedArguments(root, of: clause.name, ["newRoot"], codes: (40229, 40415))
                .require("newRoot", missing: 40414)
        }
        let variables = clause.variables
        let expression = try variables.parser.parse(root)
        return .transforming { (document) throws(CommandError) in
            let root = try expression.evaluate(variables.binding(root: document))
            return try Arguments(name: "'newRoot'", values: [root]).document(else: 40228)
        }
    }
}
