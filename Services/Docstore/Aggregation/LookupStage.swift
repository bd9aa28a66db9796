import BSON

/// `$lookup`: the documents of another collection that belong to each document.
enum LookupKind: StageKind {
    static let names = ["$lookup"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard case .document(let document) = argument else {
            throw CommandError(.failedToParse, "the $lookup specification must be an Object")
        }
        var texts: [String: String] = [:]
        var pipeline: [BSONDocument]?
        var lets = BSONDocument()
        for (key, value) in document.elements {
            switch key {
            case "from", "as", "localField", "foreignField": texts[key] = try text(key, value)
            case "pipeline": pipeline = try stages(value)
            case "let":
                guard case .document(let definitions) = value else {
                    throw CommandError(
                        .failedToParse, "$lookup argument 'let: \(value)' must be an object, is type \(value.typeName)")
                }
                lets = definitions
            default: throw CommandError(.failedToParse, "unknown argument to $lookup: \(key)")
            }
        }
        guard let output = texts["as"] else {
            throw CommandError(.failedToParse, "must specify 'as' field for a $lookup")
        }
        guard let from = texts["from"] else {
            throw CommandError(.failedToParse, "must specify 'from' field for a $lookup")
        }
        guard (texts["localField"] == nil) == (texts["foreignField"] == nil),
            pipeline != nil || texts["localField"] != nil
        else {
            throw CommandError(
                .failedToParse,
                "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified")
        }
        guard pipeline != nil || document["let"] == nil else {
            throw CommandError(.failedToParse, "$lookup with a 'let' argument must also specify 'pipeline'")
        }
        var stage = LookupStage(from: from, output: try ExpressionParser.fieldParts(output), pipeline: pipeline ?? [])
        if let local = texts["localField"], let foreign = texts["foreignField"] {
            stage.join = (try ExpressionParser.fieldParts(local), try ExpressionParser.fieldParts(foreign))
        }
        try stage.define(lets, variables)
        return [stage]
    }

    private static func text(_ key: String, _ value: BSONValue) throws(CommandError) -> String {
        guard case .string(let text) = value else {
            throw CommandError(
                .failedToParse, "$lookup argument '\(key): \(value)' must be a string, is type \(value.typeName)")
        }
        return text
    }

    private static func stages(_ value: BSONValue) throws(CommandError) -> [BSONDocument] {
        guard case .array(let elements) = value else {
            throw CommandError(.typeMismatch, "'pipeline' option must be specified as an array")
        }
        var stages: [BSONDocument] = []
        for element in elements {
            guard case .document(let stage) = element else {
                throw CommandError(.typeMismatch, "Each element of the 'pipeline' array must be an object")
            }
            stages.append(stage)
        }
        return stages
    }
}

struct LookupStage: PipelineStage {
    var from: String
    var output: [String]
    var pipeline: [BSONDocument]
    var join: (local: [String], foreign: [String])?
    private var lets: [(name: String, value: any Expression)] = []

    init(from: String, output: [String], pipeline: [BSONDocument]) {
        self.from = from
        self.output = output
        self.pipeline = pipeline
    }

    mutating func define(_ definitions: BSONDocument, _ variables: Variables) throws(CommandError) {
        let parser = ExpressionParser(scope: ExpressionScope(variables: variables.names))
        var inner = variables
        for (name, value) in definitions.elements {
            try ExpressionScope.checkUserName(name)
            lets.append((name, try parser.parse(value)))
            inner.set(name, nil)
        }
        // Mistakes in the inner pipeline show at once, not with the first document.
        _ = try Pipeline(stages: pipeline, variables: inner)
    }

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        GeneratedInput {
            guard var document = try input.next() else { return nil }
            document.setNested(output[...], .array(try joined(to: document, context)))
            return document
        }
    }

    private func joined(to document: BSONDocument, _ context: PipelineContext) throws -> [BSONValue] {
        var inner = context.variables
        let outer = context.variables.binding(root: document)
        for (name, value) in lets { inner.set(name, try value.evaluate(outer)) }
        let query = try Pipeline(stages: pipeline, variables: inner).leadingQuery
        var filter = query.filter
        var residual: Matcher?
        if lets.isEmpty {
            if let join { filter = Self.conjunction(joinFilter(join, document), filter) }
        } else {
            // The reader does not know the variables: it finds by the join, the rest is asked here.
            residual = filter.isEmpty ? nil : try Matcher(filter: filter, variables: inner)
            filter = join.map { joinFilter($0, document) } ?? [:]
        }
        let documents = try context.reader.documents(in: from, matching: filter)
        let candidates = GeneratedInput {
            while let candidate = try documents.next() {
                if try residual?.matches(candidate) ?? true { return candidate }
            }
            return nil
        }
        let results = query.rest.run(over: candidates, reader: context.reader)
        var values: [BSONValue] = []
        while let result = try results.next() { values.append(.document(result)) }
        return values
    }

    private static func conjunction(_ left: BSONDocument, _ right: BSONDocument) -> BSONDocument {
        right.isEmpty ? left : ["$and": [.document(left), .document(right)]]
    }

    private func joinFilter(_ join: (local: [String], foreign: [String]), _ document: BSONDocument) -> BSONDocument {
        var values: [BSONValue] = []
        Self.collect(join.local[...], of: document, into: &values)
        if values.isEmpty { values = [.null] }
        let field = join.foreign.joined(separator: ".")
        if values.count == 1 { return [field: ["$eq": values[0]]] }
        let hasPattern = values.contains { if case .regex = $0 { true } else { false } }
        guard hasPattern else { return [field: ["$in": .array(values)]] }
        return ["$or": .array(values.map { [field: ["$eq": $0]] })]
    }

    /// The values at the local path: each element of an array counts by itself, numbers in the path are indexes.
    private static func collect(_ path: ArraySlice<String>, of document: BSONDocument, into values: inout [BSONValue]) {
        guard let name = path.first, var value = document[name] else { return }
        var rest = path.dropFirst()
        while let part = rest.first, case .array(let elements) = value, let index = FieldPath.index(of: part) {
            guard index < elements.count else { return }
            value = elements[index]
            rest = rest.dropFirst()
        }
        switch value {
        case .array(let elements):
            guard !rest.isEmpty else {
                values += elements
                return
            }
            for case .document(let inner) in elements { collect(rest, of: inner, into: &values) }
        case .document(let inner) where !rest.isEmpty: collect(rest, of: inner, into: &values)
        default: if rest.isEmpty { values.append(value) }
        }
    }
}
