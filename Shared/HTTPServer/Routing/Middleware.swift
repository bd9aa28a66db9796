/// Something around every handler: it sees each request, matched or not, and each answer, problems included.
package protocol Middleware: Sendable {
    /// Runs where its caller runs: looking up the executor anew for each link would cost more than most links.
    /// - Throws: anything; it becomes a problem for the middleware outside of this one.
    nonisolated(nonsending) func respond(to request: Request, next: Next) async throws -> Response

    /// The answer to a request that nobody has to wait for, given on the caller's stack and without a task.
    /// - Returns: nil, with nothing done, where somebody may have to wait: `respond` gets the request then.
    func respondAtOnce(to request: Request, next: NextAtOnce) -> Response?
}

extension Middleware {
    package func respondAtOnce(to request: Request, next: NextAtOnce) -> Response? { nil }
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

/// The rest of the chain, as far as it has its answer ready.
package struct NextAtOnce: Sendable {
    let chain: Chain
    let index: Int

    package func callAsFunction(_ request: Request) -> Response? { chain.respondAtOnce(to: request, from: index) }
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

    /// The answer of a route that has it ready; nil for all others.
    func respondAtOnce(to request: Request, from index: Int = 0) -> Response? {
        guard let ready = request.route?.ready, request.refusal == nil else { return nil }
        guard index == middleware.count else {
            return middleware[index].respondAtOnce(to: request, next: NextAtOnce(chain: self, index: index + 1))
        }
        do {
            try QueryValidation.check(request)
            return try ready(request)
        } catch {
            return Problem(error, logging: request).response(requestID: request.requestID)
        }
    }

    private nonisolated(nonsending) static func handle(_ request: Request) async throws -> Response {
        if let refusal = request.refusal { throw refusal }
        guard let route = request.route else { throw request.unmatchedProblem }
        try QueryValidation.check(request)
        return try await route.handler(request)
    }
}
