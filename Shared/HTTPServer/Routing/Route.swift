package import JSON

/// One operation of the API: routing, validation, authentication, rate limits, OpenAPI and metric labels all read it.
///
/// A class, so that a request carries one reference instead of copying what was declared.
package final class Route: Sendable {
    package typealias Handler = @Sendable (Request) async throws -> Response
    /// An answer that is in memory already; nil leaves the request to the handler. The query is not checked before: what
    /// was kept for the same one is an answer to it, and others are left to the handler.
    package typealias Ready = @Sendable (Request) throws -> Response?
    /// An answer for which only calls are waited for that call back on the loop: it is called once, then or later. False,
    /// with nothing done, leaves the request to the handler.
    package typealias Begin = @Sendable (Request, _ answer: @escaping (Result<Response, any Error>) -> Void) -> Bool

    package let method: HTTPMethod
    /// `/v1/posts/{id}/vote`
    package let pattern: String
    /// Unique across the platform: `castVote`.
    package let operation: String
    package let summary: String
    package let access: Access
    package let limit: RateLimitClass
    package let idempotency: IdempotencyPolicy
    package let query: [QueryParameter]
    package let body: ObjectSchema?
    package let answers: [Answer]
    package let errors: [ErrorCode]
    let handler: Handler
    /// Asked first, for requests without a caller: what need not wait costs no task.
    let ready: Ready?
    /// Asked before the handler, with the caller known: a task would cost more than most of what it does.
    let begin: Begin?
    /// Whether a request without a query lacks something.
    let requiresQuery: Bool
    /// The names in the pattern's braces, in order.
    let parameterNames: [String]

    /// A route without a body.
    package convenience init(
        _ method: HTTPMethod, _ pattern: String, operation: String, summary: String = "", access: Access = .public,
        limit: RateLimitClass? = nil, idempotency: IdempotencyPolicy = .none, query: [QueryParameter] = [],
        answers: [Answer] = [], errors: [ErrorCode] = [], ready: Ready? = nil, begin: Begin? = nil,
        handler: @escaping Handler
    ) {
        self.init(
            method, pattern, operation: operation, summary: summary, access: access, limit: limit,
            idempotency: idempotency, query: query, schema: nil, answers: answers, errors: errors, ready: ready,
            begin: begin, handler: handler)
    }

    /// A route whose body is parsed, validated and decoded before the handler runs.
    package convenience init<Body: RequestBody>(
        _ method: HTTPMethod, _ pattern: String, operation: String, summary: String = "", access: Access = .public,
        limit: RateLimitClass? = nil, idempotency: IdempotencyPolicy = .none, query: [QueryParameter] = [],
        body: Body.Type, answers: [Answer] = [], errors: [ErrorCode] = [],
        handler: @escaping @Sendable (Request, Body) async throws -> Response
    ) {
        let schema = Body.schema
        self.init(
            method, pattern, operation: operation, summary: summary, access: access, limit: limit,
            idempotency: idempotency, query: query, schema: schema, answers: answers, errors: errors, ready: nil,
            begin: nil
        ) { request in
            let fields = try ValidatedObject(try request.json(), as: schema)
            return try await handler(request, try Body(fields))
        }
    }

    private init(
        _ method: HTTPMethod, _ pattern: String, operation: String, summary: String, access: Access,
        limit: RateLimitClass?, idempotency: IdempotencyPolicy, query: [QueryParameter], schema: ObjectSchema?,
        answers: [Answer], errors: [ErrorCode], ready: Ready?, begin: Begin?,
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.operation = operation
        self.summary = summary
        self.access = access
        self.limit = limit ?? (method.isSafe ? .read : .write)
        self.idempotency = idempotency
        self.query = query
        body = schema
        self.answers = answers
        self.errors = errors
        self.handler = handler
        self.ready = ready
        self.begin = begin
        requiresQuery = query.contains { $0.isRequired }
        parameterNames = pattern.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }
}

/// A group of routes: a struct that holds what its handlers need.
package protocol RouteGroup: Sendable {
    var routes: [Route] { get }
}
