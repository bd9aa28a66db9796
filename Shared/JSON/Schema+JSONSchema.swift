extension Schema: JSONWritable {
    /// Writes JSON Schema 2020-12. A named schema becomes a reference into OpenAPI's components.
    package func write(to writer: inout JSONWriter) { writer.object { writeKeywords(to: &$0) } }

    /// The schemas with a name in here, each with the schema it stands for, outermost first.
    package var namedSchemas: [(name: String, schema: Schema)] {
        switch self {
        case .named(let name, let schema): [(name, schema)] + schema.namedSchemas
        case .described(_, let schema), .nullable(let schema), .arrayOf(let schema, _), .map(let schema, _):
            schema.namedSchemas
        case .object(let object): object.fields.flatMap(\.schema.namedSchemas)
        case .oneOf(let schemas): schemas.flatMap(\.namedSchemas)
        default: []
        }
    }

    private func writeKeywords(to writer: inout JSONWriter) {
        switch self {
        case .any: break
        case .stringWith(let length, let format): Self.writeString(length, format, to: &writer)
        case .integer(let range):
            writer.field("type", "integer")
            if range.lowerBound != .min { writer.field("minimum", range.lowerBound) }
            if range.upperBound != .max { writer.field("maximum", range.upperBound) }
        case .number(let range):
            writer.field("type", "number")
            if range.lowerBound != -.greatestFiniteMagnitude { writer.field("minimum", range.lowerBound) }
            if range.upperBound != .greatestFiniteMagnitude { writer.field("maximum", range.upperBound) }
        case .boolean: writer.field("type", "boolean")
        case .arrayOf(let element, let count):
            writer.field("type", "array")
            writer.field("items", element)
            if count.lowerBound > 0 { writer.field("minItems", count.lowerBound) }
            if count.upperBound != .max { writer.field("maxItems", count.upperBound) }
        case .object(let schema): schema.writeKeywords(to: &writer)
        case .map(let element, let count):
            writer.field("type", "object")
            writer.field("additionalProperties", element)
            if count != .max { writer.field("maxProperties", count) }
        case .enumeration(let words):
            writer.field("type", "string")
            writer.field("enum", words)
        case .nullable(let schema):
            writer.array("anyOf") {
                $0.value(schema)
                $0.object { $0.field("type", "null") }
            }
        case .oneOf(let schemas): writer.field("anyOf", schemas)
        case .named(let name, _): writer.field("$ref", "#/components/schemas/\(FieldError.token(name))")
        case .described(let text, let schema):
            schema.writeKeywords(to: &writer)
            writer.field("description", text)
        }
    }

    private static func writeString(_ length: ClosedRange<Int>, _ format: StringFormat?, to writer: inout JSONWriter) {
        writer.field("type", "string")
        if length.lowerBound > 0 { writer.field("minLength", length.lowerBound) }
        if length.upperBound != .max { writer.field("maxLength", length.upperBound) }
        writer.fieldIfPresent("format", format?.name)
        writer.fieldIfPresent("pattern", format?.pattern)
    }
}

extension ObjectSchema: JSONWritable {
    package func write(to writer: inout JSONWriter) { writer.object { writeKeywords(to: &$0) } }

    fileprivate func writeKeywords(to writer: inout JSONWriter) {
        writer.field("type", "object")
        writer.object("properties") { for field in fields { $0.field(field.name, field.schema) } }
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { writer.field("required", required) }
        writer.field("additionalProperties", false)
    }
}
