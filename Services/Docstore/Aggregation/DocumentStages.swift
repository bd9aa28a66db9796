import BSON

/// A stage that turns each document into one other: what an update pipeline may hold.
protocol DocumentStage: PipelineStage {
    func transform(_ document: BSONDocument) throws(CommandError) -> BSONDocument
}

extension DocumentStage {
    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        GeneratedInput { try input.next().map { try transform($0) } }
    }
}

/// The stages that an update may be made of.
enum UpdatePipeline {
    static func parse(_ stages: [BSONValue], variables: Variables) throws(CommandError) -> [any DocumentStage] {
        var result: [any DocumentStage] = []
        for stage in try PipelineStages.documents(stages) {
            let (type, argument, name) = try PipelineStages.find(stage)
            let documentStage = try require(
                type as? any DocumentStage.Type, .invalidOptions, "\(name) is not allowed within an update")
            result.append(
                try documentStage.init(argument, StagePlace(name: name, isFirst: false, variables: variables)))
        }
        return result
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
        guard !names.isEmpty else { throw CommandError(code: 31119, "$unset must be given at least one field") }
        var document = BSONDocument()
        for name in names {
            guard case .string(let text) = name else {
                let code: Int32 = argument.arrayValue == nil ? 31002 : 31120
                throw CommandError(code: code, "$unset must be a string or an array of strings")
            }
            document.append(text, false)
        }
        return document
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
