import JSON

/// Checks what a query says against what the route declares.
enum QueryValidation {
    static func check(_ request: Request) throws(Problem) {
        guard let route = request.route, !route.query.isEmpty, request.hasQuery || route.requiresQuery else { return }
        try check(request, route.query)
    }

    private static func check(_ request: Request, _ parameters: [QueryParameter]) throws(Problem) {
        var errors: [FieldError] = []
        for parameter in parameters {
            guard let text = request.query(parameter.name) else {
                if parameter.isRequired { errors.append(FieldError(pointer: parameter.pointer, detail: "is missing")) }
                continue
            }
            errors += parameter.schema.validate(value(text, for: parameter.schema), at: parameter.pointer)
        }
        if !errors.isEmpty { throw Problem(.validationFailed, errors: errors) }
    }

    /// The text as the type that the schema wants; text that is no such thing stays a string and fails there.
    private static func value(_ text: String, for schema: Schema) -> JSONValue {
        switch schema {
        case .integer: Int64(text).map { .int($0) } ?? .string(text)
        case .number: Double(text).map { .double($0) } ?? .string(text)
        case .boolean: text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        case .described(_, let inner), .named(_, let inner), .nullable(let inner): value(text, for: inner)
        default: .string(text)
        }
    }
}
