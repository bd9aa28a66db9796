/// What a JSON value must look like: checks values, and writes itself as JSON Schema 2020-12 for OpenAPI 3.1.
package indirect enum Schema: Sendable {
    case any
    /// `length` counts Unicode scalars.
    case stringWith(length: ClosedRange<Int>, format: StringFormat?)
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case boolean
    case arrayOf(Schema, count: ClosedRange<Int>)
    case object(ObjectSchema)
    /// An object with keys of the client's choice, at most `count` of them.
    case map(of: Schema, count: Int)
    case enumeration([String])
    case nullable(Schema)
    /// One of several shapes; the first that fits is it.
    case oneOf([Schema])
    /// A schema that OpenAPI lists once under its name.
    case named(String, Schema)
    case described(String, Schema)

    package static let objectID = Schema.string(format: .objectID)
    package static let dateTime = Schema.string(format: .dateTime)
    package static let string = Schema.string()
    package static let integer = Schema.integer(Int64.min...Int64.max)
    package static let number = Schema.number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)

    package static func string(min: Int = 0, max: Int = .max, format: StringFormat? = nil) -> Schema {
        .stringWith(length: min...max, format: format)
    }

    package static func array(of element: Schema, min: Int = 0, max: Int = .max) -> Schema {
        .arrayOf(element, count: min...max)
    }

    /// An object with these fields and no others.
    package static func object(_ fields: ObjectSchema.Field...) -> Schema { .object(ObjectSchema(fields)) }

    /// A list as every list route answers it: `items` and `nextCursor`, and whatever else is named.
    package static func page(of item: Schema, _ more: ObjectSchema.Field...) -> Schema {
        .object(
            ObjectSchema(
                [.required("items", .array(of: item)), .required("nextCursor", .nullable(.string))] + more))
    }

    /// The fields, where this is an object, possibly named or described.
    package var objectSchema: ObjectSchema? {
        switch self {
        case .object(let schema): schema
        case .named(_, let schema), .described(_, let schema), .nullable(let schema): schema.objectSchema
        default: nil
        }
    }

    /// Everything wrong with `value`; empty when it fits.
    package func validate(_ value: JSONValue, at pointer: String = "") -> [FieldError] {
        var errors: [FieldError] = []
        check(value, at: pointer, into: &errors)
        return errors
    }
}

/// The fields an object may have. Fields that are not listed are refused.
package struct ObjectSchema: Sendable {
    package struct Field: Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool

        package static func required(_ name: String, _ schema: Schema) -> Field {
            Field(name: name, schema: schema, isRequired: true)
        }

        package static func optional(_ name: String, _ schema: Schema) -> Field {
            Field(name: name, schema: schema, isRequired: false)
        }
    }

    package let fields: [Field]

    package init(_ fields: [Field]) { self.fields = fields }

    package init(_ fields: Field...) { self.fields = fields }

    package subscript(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// These fields and more.
    package func adding(_ more: Field...) -> ObjectSchema { ObjectSchema(fields + more) }

    /// Everything wrong with `value`; empty when it fits.
    package func validate(_ value: JSONValue, at pointer: String = "") -> [FieldError] {
        Schema.object(self).validate(value, at: pointer)
    }
}
