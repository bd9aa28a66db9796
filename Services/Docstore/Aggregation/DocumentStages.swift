import BSON

/// A stage that turns each document into one other: what an update pipeline may hold.
protocol DocumentStage: Sendable {
    func transform(_ document: BSONDocument, _ variables: Variables) throws(CommandError) -> BSONDocument
}

/// `$project`, and `$unset`.
struct ProjectStage: DocumentStage {
    var projection: Projection

    func transform(_ document: BSONDocument, _ variables: Variables) throws(CommandError) -> BSONDocument {
        try projection.apply(document)
    }

    static func project(_ argument: BSONValue, _ variables: Variables) throws(CommandError) -> ProjectStage {
        guard case .document(let document) = argument else {
            throw CommandError(code: 15969, "$project specification must be an object")
        }
        do throws(CommandError) {
            guard !document.isEmpty else {
                throw CommandError(code: 51272, "projection specification must have at least one field")
            }
            return ProjectStage(projection: try Projection(document, place: .project, variables: variables))
        } catch {
            throw error.during("Invalid $project")
        }
    }

    static func unset(_ argument: BSONValue, _ variables: Variables) throws(CommandError) -> ProjectStage {
        let names: [BSONValue]
        switch argument {
        case .string: names = [argument]
        case .array(let elements):
            guard !elements.isEmpty else {
                throw CommandError(
                    code: 31119, "$unset specification must be a string or an array with at least one field")
            }
            names = elements
        default: throw CommandError(code: 31002, "$unset specification must be a string or an array")
        }
        var document = BSONDocument()
        for name in names {
            guard case .string(let text) = name else {
                throw CommandError(
                    code: 31120, "$unset specification must be a string or an array containing only string values")
            }
            document.append(text, false)
        }
        do {
            return ProjectStage(projection: try Projection(document, place: .project, variables: variables))
        } catch {
            throw error.during("Invalid $unset")
        }
    }
}

/// `$addFields` and `$set`.
struct AddFieldsStage: DocumentStage {
    private var tree = ProjectionTree()
    private var variables: Variables

    init(_ argument: BSONValue, named name: String, _ variables: Variables) throws(CommandError) {
        self.variables = variables
        guard case .document(let document) = argument else {
            throw CommandError(code: 40272, "\(name) specification stage must be an object, got \(argument.typeName)")
        }
        do throws(CommandError) {
            guard !document.isEmpty else {
                throw CommandError(code: 40177, "Invalid \(name) :: specification must have at least one field")
            }
            let parser = ExpressionParser(scope: ExpressionScope(variables: variables.names))
            for (key, value) in document.elements { try add(value, try ProjectionSpec.parts(of: key), parser) }
        } catch {
            throw error.during("Invalid \(name)")
        }
    }

    private mutating func add(
        _ value: BSONValue, _ path: [String], _ parser: ExpressionParser
    ) throws(CommandError) {
        guard case .document(let inner) = value, let first = inner.first, !first.key.hasPrefix("$") else {
            if case .document(let inner) = value {
                guard let first = inner.first else {
                    return try tree.insert(path, LiteralExpression(value: value))
                }
                guard inner.count > 1 || ExpressionOperators.isKnown(first.key) else {
                    throw CommandError(code: 31325, "Unknown expression \(first.key)")
                }
            }
            return try tree.insert(path, try parser.parse(value))
        }
        for (key, value) in inner.elements { try add(value, path + (try ProjectionSpec.parts(of: key)), parser) }
    }

    func transform(_ document: BSONDocument, _ variables: Variables) throws(CommandError) -> BSONDocument {
        var result = document
        try tree.computing(&result, self.variables.binding(root: document))
        return result
    }
}

/// `$replaceRoot` and `$replaceWith`.
struct ReplaceRootStage: DocumentStage {
    private var expression: any Expression
    private var variables: Variables

    init(_ argument: BSONValue, named name: String, _ variables: Variables) throws(CommandError) {
        self.variables = variables
        var root = argument
        if name == "$replaceRoot" {
            guard case .document(let document) = argument else {
                throw CommandError(
                    code: 40229, "expected an object as specification for $replaceRoot stage, got \(argument.typeName)")
            }
            for key in document.keys where key != "newRoot" {
                throw CommandError(code: 40415, "BSON field '$replaceRoot.\(key)' is an unknown field.")
            }
            guard let newRoot = document["newRoot"] else {
                throw CommandError(code: 40414, "BSON field '$replaceRoot.newRoot' is missing but a required field")
            }
            root = newRoot
        }
        expression = try ExpressionParser(scope: ExpressionScope(variables: variables.names)).parse(root)
    }

    func transform(_ document: BSONDocument, _ variables: Variables) throws(CommandError) -> BSONDocument {
        let value = try expression.evaluate(self.variables.binding(root: document))
        guard case .document(let root)? = value else {
            throw CommandError(
                code: 40228,
                "'newRoot' expression must evaluate to an object, but resulting value was: "
                    + "\(value.map { "\($0)" } ?? "MISSING"). Type of resulting value: '\(value.typeName)'.")
        }
        return root
    }
}

/// The stages that an update may be made of.
enum UpdatePipeline {
    static func parse(_ stages: [BSONValue], variables: Variables) throws(CommandError) -> [any DocumentStage] {
        var result: [any DocumentStage] = []
        for stage in stages {
            guard case .document(let document) = stage else {
                throw CommandError(.typeMismatch, "Each element of the 'pipeline' array must be an object")
            }
            guard document.count == 1, let (name, argument) = document.first else {
                throw CommandError(
                    code: 40323, "A pipeline stage specification object must contain exactly one field.")
            }
            guard let parsed = try DocumentStages.parse(name, argument, variables) else {
                guard PipelineStages.isKnown(name) else { throw PipelineStages.unknown(name) }
                throw CommandError(.invalidOptions, "\(name) is not allowed to be used within an update")
            }
            result.append(parsed)
        }
        return result
    }
}

/// The document stages by name.
enum DocumentStages {
    static let names: Set<String> = ["$project", "$unset", "$addFields", "$set", "$replaceRoot", "$replaceWith"]

    static func parse(
        _ name: String, _ argument: BSONValue, _ variables: Variables
    ) throws(CommandError) -> (any DocumentStage)? {
        switch name {
        case "$project": try ProjectStage.project(argument, variables)
        case "$unset": try ProjectStage.unset(argument, variables)
        case "$addFields", "$set": try AddFieldsStage(argument, named: name, variables)
        case "$replaceRoot", "$replaceWith": try ReplaceRootStage(argument, named: name, variables)
        default: nil
        }
    }
}
