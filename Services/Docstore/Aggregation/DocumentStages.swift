import BSON

/// A stage that turns each document into one other: what an update pipeline may hold.
protocol DocumentStage: PipelineStage {
    func transform(_ document: BSONDocument) throws(CommandError) -> BSONDocument
}

extension DocumentStage {
    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        GeneratedInput { try input.next().map { try transform($0) } }
    }
}

extension PipelineStages {
    /// The stages of an update.
    static func ofUpdate(_ stages: [BSONValue], _ variables: Variables) throws(CommandError) -> [any DocumentStage] {
        try documents(stages).map { (document) throws(CommandError) in
            let stage = try parse(document, isFirst: false, variables) as? any DocumentStage
            return try stage.orThrow(CommandError(.invalidOptions, "\(document.keys) is not allowed within an update"))
        }
    }
}

/// `$project`, `$addFields` and its other name `$set`, and `$unset`.
struct ProjectStage: DocumentStage {
    private let projection: Projection

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        let adds = place.name == "$addFields" || place.name == "$set"
        let fields =
            place.name == "$unset"
            ? try Self.exclusion(argument) : try place.document(argument, else: adds ? 40272 : 15969)
        try require(!fields.isEmpty, code: adds ? 40177 : 51272, "\(place.name) must have at least one field")
        do {
            projection = try Projection(fields, place: adds ? .addFields : .project, variables: place.variables)
        } catch {
            throw error.during("Invalid \(place.name)")
        }
    }

    private static func exclusion(_ argument: BSONValue) throws(CommandError) -> BSONDocument {
        let names = argument.arrayValue ?? [argument]
        try require(!names.isEmpty, code: 31119, "$unset must be given at least one field")
        let fields = names.compactMap(\.stringValue)
        let code: Int32 = argument.arrayValue == nil ? 31002 : 31120
        try require(fields.count == names.count, code: code, "$unset must be a string or an array of strings")
        return BSONDocument(elements: fields.map { ($0, false) })
    }

    func transform(_ document: BSONDocument) throws(CommandError) -> BSONDocument {
        try projection.apply(document)
    }
}

/// `$replaceRoot` and `$replaceWith`.
struct ReplaceRootStage: DocumentStage {
    private let expression: Expression
    private let variables: Variables

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        variables = place.variables
        var root = argument
        if place.name == "$replaceRoot" {
            let named = try NamedArguments(argument, of: place.name, ["newRoot"], codes: (40229, 40415))
            root = try named.require("newRoot", missing: 40414)
        }
        expression = try variables.parser.parse(root)
    }

    func transform(_ document: BSONDocument) throws(CommandError) -> BSONDocument {
        let root = try expression.evaluate(variables.binding(root: document))
        return try Arguments(name: "'newRoot'", values: [root]).document(else: 40228)
    }
}
