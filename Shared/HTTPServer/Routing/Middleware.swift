/// Something around every handler: it sees each request, matched or not, and each answer, problems included.
package protocol Middleware: Sendable {
    /// Runs where its caller runs: looking up the executor anew for each link would cost more than most links.
    /// - Throws: anything; it becomes a problem for the middleware outside of this one.
    nonisolated(nonsending) func respond(to request: Request, next: Next) async throws -> Response
}

/// The rest of the chain.
package struct Next: Sendable {
    let chain: Chain
    let index: Int

    /// The answer of everything further in. Errors have become problems already.
    package nonisolated(nonsending) func callAsFunction(_ request: Request) async -> Response {
        await chain.respond(to: request, from: index)
    }
}

/// All middleware, and the route's handler at its end.
final class Chain: Sendable {
    private let middleware: [any Middleware]

    init(_ middleware: [any Middleware]) { self.middleware = middleware }

    nonisolated(nonsending) func respond(to request: Request, from index: Int = 0) async -> Response {
        do {
            guard index < middleware.count else { return try await Self.handle(request) }
            return try await middleware[index].respond(to: request, next: Next(chain: self, index: index + 1))
        } catch {
            return Problem(error, logging: request).response(requestID: request.requestID)
        }
    }

    private nonisolated(nonsending) static func handle(_ request: Request) async throws -> Response {
        if let refusal = request.refusal { throw refusal }
        guard let route = request.route else { throw request.unmatchedProblem }
        if !route.query.isEmpty { try QueryValidation.check(request, route.query) }
        return try await route.handler(request)
    }
}
