extension Schema {
    func check(_ value: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        switch (self, value) {
        case (.any, _): break
        case (.named(_, let schema), _), (.described(_, let schema), _): schema.check(value, at: pointer, into: &errors)
        case (.nullable, .null): break
        case (.nullable(let schema), _): schema.check(value, at: pointer, into: &errors)
        case (.boolean, .bool): break
        case (.stringWith(let length, let format), .string(let text)):
            if let problem = Self.problem(text, length, format) { errors.append(at(pointer, problem)) }
        case (.enumeration(let words), .string(let text)):
            if !words.contains(text) { errors.append(at(pointer, "must be one of \(words.joined(separator: ", "))")) }
        case (.integer(let range), .int(let number)):
            if !range.contains(number) { errors.append(at(pointer, Self.outside(range, of: Int64.min...Int64.max))) }
        case (.number(let range), .int), (.number(let range), .double):
            let whole = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
            if !range.contains(value.double ?? .nan) { errors.append(at(pointer, Self.outside(range, of: whole))) }
        case (.arrayOf(let element, let count), .array(let elements)):
            checkArray(elements, element, count, at: pointer, into: &errors)
        case (.object(let schema), .object(let object)): schema.check(object, at: pointer, into: &errors)
        case (.map(let element, let count), .object(let object)):
            if object.members.count > count { errors.append(at(pointer, "must have at most \(count) members")) }
            for member in object.members {
                element.check(member.value, at: "\(pointer)/\(FieldError.token(member.key))", into: &errors)
            }
        case (.oneOf(let schemas), _):
            let fits = schemas.contains { $0.validate(value, at: pointer).isEmpty }
            if !fits { errors.append(at(pointer, "fits none of the allowed shapes")) }
        default: errors.append(at(pointer, "must be \(expectation), not \(value.typeName)"))
        }
    }

    private func at(_ pointer: String, _ detail: String) -> FieldError { FieldError(pointer: pointer, detail: detail) }

    private func checkArray(
        _ elements: [JSONValue], _ schema: Schema, _ count: ClosedRange<Int>, at pointer: String,
        into errors: inout [FieldError]
    ) {
        guard count.contains(elements.count) else {
            return errors.append(
                at(pointer, "must have \(Self.bounds(count, of: 0...Int.max)) elements, not \(elements.count)"))
        }
        for (index, element) in elements.enumerated() {
            schema.check(element, at: "\(pointer)/\(index)", into: &errors)
        }
    }

    private var expectation: String {
        switch self {
        case .any: "any value"
        case .stringWith, .enumeration: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "a boolean"
        case .arrayOf: "an array"
        case .object, .map: "an object"
        case .nullable(let schema): "\(schema.expectation) or null"
        case .named(_, let schema), .described(_, let schema): schema.expectation
        case .oneOf: "one of the allowed shapes"
        }
    }

    private static func problem(_ text: String, _ length: ClosedRange<Int>, _ format: StringFormat?) -> String? {
        // Bytes bound the scalars from both sides, so most strings need no count of their own.
        let bytes = text.utf8.count
        if bytes > length.upperBound || bytes / 4 < length.lowerBound {
            let scalars = text.unicodeScalars.count
            if !length.contains(scalars) {
                return "must have \(bounds(length, of: 0...Int.max)) characters, not \(scalars)"
            }
        }
        if let format, !format.accepts(text) { return "is not a valid \(format.name)" }
        return nil
    }

    private static func outside<Bound>(_ range: ClosedRange<Bound>, of whole: ClosedRange<Bound>) -> String {
        "must be \(bounds(range, of: whole))"
    }

    private static func bounds<Bound>(_ range: ClosedRange<Bound>, of whole: ClosedRange<Bound>) -> String {
        if range.upperBound == whole.upperBound { return "at least \(range.lowerBound)" }
        if range.lowerBound == whole.lowerBound { return "at most \(range.upperBound)" }
        return "from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension ObjectSchema {
    func check(_ object: JSONObject, at pointer: String, into errors: inout [FieldError]) {
        for member in object.members {
            let place = "\(pointer)/\(FieldError.token(member.key))"
            if let field = self[member.key] {
                field.schema.check(member.value, at: place, into: &errors)
            } else {
                errors.append(FieldError(pointer: place, detail: "is not a known field"))
            }
        }
        for field in fields where field.isRequired && object[field.name] == nil {
            errors.append(FieldError(pointer: "\(pointer)/\(FieldError.token(field.name))", detail: "is missing"))
        }
    }
}
