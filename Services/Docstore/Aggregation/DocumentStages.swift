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
            guard let type = type as? any DocumentStage.Type else {
                throw CommandError(.invalidOptions, "\(name) is not allowed within an update")
            }
            result.append(try type.init(argument, StagePlace(name: name, isFirst: false, variables: variables)))
        }
        return result
    }
}

/// `$project`, and `$unset`.
struct ProjectStage: DocumentStage {
    private let projection: Projection

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        let document = try place.name == "$unset" ? Self.exclusion(argument) : place.document(argument, else: 15969)
        guard !document.isEmpty else { throw CommandError(code: 51272, "Invalid $project: it must have a field") }
        do {
            projection = try Projection(document, place: .project, variables: place.variables)
        } catch {
            throw error.during("Invalid \(place.name)")
        }
    }

    private static func exclusion(_ argument: BSONValue) throws(CommandError) -> BSONDocument {
        let names: [BSONValue] = if case .array(let elements) = argument { elements } else { [argument] }
        guard !names.isEmpty else { throw CommandError(code: 31119, "$unset must be given at least one field") }
        var document = BSONDocument()
        for name in names {
            guard case .string(let text) = name else {
                throw CommandError(
                    code: argument.arrayValue == nil ? 31002 : 31120, "$unset must be a string or an array of strings")
            }
            document.append(text, false)
        }
        return document
    }

    func transform(_ document: BSONDocument) throws(CommandError) -> BSONDocument {
        try projection.apply(document)
    }
}

/// `$addFields` and `$set`.
struct AddFieldsStage: DocumentStage {
    private var tree = ProjectionTree()
    private let variables: Variables

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        variables = place.variables
        let document = try place.document(argument, else: 40272)
        guard !document.isEmpty else { throw CommandError(code: 40177, "\(place.name) must have at least one field") }
        do throws(CommandError) {
            for (key, value) in document.elements { try add(value, try ProjectionTree.path(key)) }
        } catch {
            throw error.during("Invalid \(place.name)")
        }
    }

    private mutating func add(_ value: BSONValue, _ path: [String]) throws(CommandError) {
        if case .document(let inner) = value, let first = inner.first {
            guard first.key.hasPrefix("$") else {
                for (key, value) in inner.elements { try add(value, path + (try ProjectionTree.path(key))) }
                return
            }
            guard inner.count > 1 || ExpressionOperator.all[first.key] != nil else {
                throw CommandError(code: 31325, "Unknown expression \(first.key)")
            }
        }
        try tree.insert(path, try variables.parser.parse(value))
    }

    func transform(_ document: BSONDocument) throws(CommandError) -> BSONDocument {
        var result = document
        try tree.computing(&result, variables.binding(root: document))
        return result
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
