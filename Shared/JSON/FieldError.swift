/// One thing wrong with a JSON value: where, as a JSON pointer (RFC 6901), and what.
package struct FieldError: Sendable, Equatable, JSONWritable {
    /// `""` is the whole value, `/a/0` the first element of member `a`.
    package let pointer: String
    package let detail: String

    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("pointer", pointer)
            $0.field("detail", detail)
        }
    }

    /// One reference token of a pointer, with `~` and `/` escaped.
    package static func token(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.reduce(into: "") { result, character in
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.append(character)
            }
        }
    }
}

/// A value that does not fit: thrown where a rule needs more than a schema can say.
package struct ValidationFailure: Error, Equatable {
    package let errors: [FieldError]

    package init(_ errors: [FieldError]) { self.errors = errors }

    package init(_ pointer: String, _ detail: String) { errors = [FieldError(pointer: pointer, detail: detail)] }
}
