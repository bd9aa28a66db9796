import BSON

/// `$unwind`: a document for each element of an array.
enum UnwindKind: StageKind {
    static let names = ["$unwind"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        var stage = UnwindStage()
        switch argument {
        case .string(let path): stage.path = try parts(path)
        case .document(let document):
            for (key, value) in document.elements { try set(key, value, of: &stage) }
            guard !stage.path.isEmpty else { throw CommandError(code: 28812, "no path specified to $unwind stage") }
        default:
            throw CommandError(
                code: 15981,
                "expected either a string or an object as specification for $unwind stage, got \(argument.typeName)")
        }
        return [stage]
    }

    private static func set(_ key: String, _ value: BSONValue, of stage: inout UnwindStage) throws(CommandError) {
        switch key {
        case "path":
            guard case .string(let path) = value else {
                throw CommandError(
                    code: 28808, "expected a string as the path for $unwind stage, got \(value.typeName)")
            }
            stage.path = try parts(path)
        case "preserveNullAndEmptyArrays":
            guard case .bool(let flag) = value else {
                throw CommandError(
                    code: 28809,
                    "expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got "
                        + value.typeName)
            }
            stage.preserves = flag
        case "includeArrayIndex":
            guard case .string(let field) = value, !field.isEmpty else {
                throw CommandError(
                    code: 28810,
                    "expected a non-empty string for the includeArrayIndex  option to $unwind stage, got "
                        + value.typeName)
            }
            guard !field.hasPrefix("$") else {
                throw CommandError(
                    code: 28822, "includeArrayIndex option to $unwind stage should not be prefixed with a '$': \(field)"
                )
            }
            stage.indexField = try ExpressionParser.fieldParts(field)
        default:
            throw CommandError(code: 28811, "unrecognized option to $unwind stage: \(key)")
        }
    }

    private static func parts(_ path: String) throws(CommandError) -> [String] {
        guard path.hasPrefix("$") else {
            throw CommandError(
                code: 28818, "path option to $unwind stage should be prefixed with a '$': \(path)")
        }
        return try ExpressionParser.fieldParts(path.dropFirst())
    }
}

struct UnwindStage: PipelineStage {
    var path: [String] = []
    var preserves = false
    var indexField: [String]?

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        var source: BSONDocument = [:]
        var elements: [BSONValue] = []
        var position = 0
        return GeneratedInput {
            while true {
                if position < elements.count {
                    defer { position += 1 }
                    return unwound(source, elements[position], index: .int64(Int64(position)))
                }
                guard let document = try input.next() else { return nil }
                switch FieldPath.nestedValue(path[...], of: document) {
                case .array(let values)? where !values.isEmpty:
                    source = document
                    elements = values
                    position = 0
                case .array?:
                    if preserves { return unwound(document, nil, index: .null) }
                case nil, .null?, .undefined?:
                    if preserves { return indexed(document, .null) }
                default: return indexed(document, .null)
                }
            }
        }
    }

    private func unwound(_ document: BSONDocument, _ value: BSONValue?, index: BSONValue) -> BSONDocument {
        var result = document
        result.setNested(path[...], value)
        return indexed(result, index)
    }

    private func indexed(_ document: BSONDocument, _ index: BSONValue) -> BSONDocument {
        guard let indexField else { return document }
        var result = document
        result.setNested(indexField[...], index)
        return result
    }
}

extension FieldPath {
    /// The value at a path through documents only.
    static func nestedValue(_ path: ArraySlice<String>, of document: BSONDocument) -> BSONValue? {
        guard let name = path.first, let value = document[name] else { return nil }
        guard path.count > 1 else { return value }
        guard case .document(let inner) = value else { return nil }
        return nestedValue(path.dropFirst(), of: inner)
    }
}

extension BSONDocument {
    /// Sets (or with nil removes) the value at a path, making documents on the way.
    mutating func setNested(_ path: ArraySlice<String>, _ value: BSONValue?) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            self[name] = value
            return
        }
        var inner = document(name) ?? [:]
        inner.setNested(path.dropFirst(), value)
        self[name] = .document(inner)
    }
}
