import JSON

/// The OpenAPI 3.1 document of a set of routes: what they declare, and nothing that they do not.
package enum OpenAPI {
    /// - Parameter routes: of one service, or of all for the merged document.
    package static func document(title: String, version: String = "1.0.0", routes: [Route]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 * 1024)
        writer.object {
            $0.field("openapi", "3.1.0")
            $0.object("info") {
                $0.field("title", title)
                $0.field("version", version)
            }
            $0.object("paths") { writer in
                for (pattern, routes) in grouped(routes) {
                    writer.object(pattern) { for route in routes { write(route, to: &$0) } }
                }
            }
            $0.object("components") { writeComponents(routes, to: &$0) }
        }
        return writer.bytes
    }

    /// Routes by pattern, in the order of their first appearance.
    private static func grouped(_ routes: [Route]) -> [(pattern: String, routes: [Route])] {
        var groups: [(pattern: String, routes: [Route])] = []
        for route in routes {
            if let index = groups.firstIndex(where: { $0.pattern == route.pattern }) {
                groups[index].routes.append(route)
            } else {
                groups.append((route.pattern, [route]))
            }
        }
        return groups
    }

    private static func write(_ route: Route, to writer: inout JSONWriter) {
        writer.object(route.method.rawValue.lowercased()) {
            $0.field("operationId", route.operation)
            if !route.summary.isEmpty { $0.field("summary", route.summary) }
            $0.field("tags", [tag(of: route)])
            writeSecurity(route.access, to: &$0)
            writeParameters(route, to: &$0)
            if let body = route.body {
                $0.object("requestBody") {
                    $0.field("required", true)
                    $0.object("content") { $0.object("application/json") { $0.field("schema", body) } }
                }
            }
            $0.object("responses") { writeAnswers(route, to: &$0) }
        }
    }

    /// The first segment after the version.
    private static func tag(of route: Route) -> String {
        let segments = route.pattern.split(separator: "/")
        return String(segments.dropFirst(segments.first == "v1" ? 1 : 0).first ?? "root")
    }

    private static func writeSecurity(_ access: Access, to writer: inout JSONWriter) {
        guard access != .public else { return }
        writer.array("security") {
            $0.object { $0.array("bearer") { if case .role(let role) = access { $0.value(role.rawValue) } } }
            if access == .optionalCaller { $0.object { _ in } }
        }
    }

    private static func writeParameters(_ route: Route, to writer: inout JSONWriter) {
        let names = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
        guard !names.isEmpty || !route.query.isEmpty || route.idempotency == .required else { return }
        writer.array("parameters") { writer in
            for name in names { write(parameter: String(name), in: "path", true, .string, "", to: &writer) }
            for parameter in route.query {
                write(
                    parameter: parameter.name, in: "query", parameter.isRequired, parameter.schema, parameter.summary,
                    to: &writer)
            }
            if route.idempotency == .required {
                write(
                    parameter: "Idempotency-Key", in: "header", true, .string(min: 1, max: 255),
                    "The same key and body get the same answer for 24 hours.", to: &writer)
            }
        }
    }

    private static func write(
        parameter name: String, in place: String, _ isRequired: Bool, _ schema: Schema, _ summary: String,
        to writer: inout JSONWriter
    ) {
        writer.object {
            $0.field("name", name)
            $0.field("in", place)
            $0.field("required", isRequired)
            if !summary.isEmpty { $0.field("description", summary) }
            $0.field("schema", schema)
        }
    }

    private static func writeAnswers(_ route: Route, to writer: inout JSONWriter) {
        for answer in route.answers {
            writer.object(String(answer.status.rawValue)) {
                $0.field("description", answer.summary.isEmpty ? answer.status.title : answer.summary)
                if let schema = answer.schema {
                    $0.object("content") { $0.object(answer.contentType) { $0.field("schema", schema) } }
                }
            }
        }
        for (status, codes) in problems(of: route) {
            writer.object(String(status)) {
                $0.field("description", codes.map { "`\($0.rawValue)`" }.joined(separator: ", "))
                $0.object("content") { $0.object("application/problem+json") { $0.field("schema", Problem.schema) } }
            }
        }
    }

    /// The problems a route declares and those that follow from what it declares, by status.
    private static func problems(of route: Route) -> [(status: Int, codes: [ErrorCode])] {
        var codes = route.errors
        if route.access != .public { codes.append(.unauthenticated) }
        if case .role = route.access { codes.append(.forbidden) }
        if route.body != nil { codes += [.invalidJSON, .validationFailed, .bodyTooLarge] }
        if !route.query.isEmpty { codes.append(.validationFailed) }
        if route.query.contains(where: { $0.name == "cursor" }) { codes.append(.invalidCursor) }
        if route.idempotency == .required {
            codes += [.idempotencyKeyRequired, .idempotencyKeyReused, .idempotencyInFlight]
        }
        if route.limit != .none { codes.append(.rateLimited) }
        codes.append(.unavailable)
        let taken = Set(route.answers.map(\.status.rawValue))
        let unique = ErrorCode.allCases.filter { codes.contains($0) && !taken.contains($0.status.rawValue) }
        return Dictionary(grouping: unique, by: \.status.rawValue).sorted { $0.key < $1.key }
            .map { (status: $0.key, codes: $0.value) }
    }

    private static func writeComponents(_ routes: [Route], to writer: inout JSONWriter) {
        var named = Problem.schema.namedSchemas
        for route in routes {
            named += Schema.object(route.body ?? ObjectSchema()).namedSchemas
            named +=
                route.query.flatMap(\.schema.namedSchemas) + route.answers.flatMap { $0.schema?.namedSchemas ?? [] }
        }
        var written: Set<String> = []
        writer.object("schemas") {
            for (name, schema) in named where written.insert(name).inserted { $0.field(name, schema) }
        }
        writer.object("securitySchemes") {
            $0.object("bearer") {
                $0.field("type", "http")
                $0.field("scheme", "bearer")
                $0.field("bearerFormat", "JWT")
            }
        }
    }
}
