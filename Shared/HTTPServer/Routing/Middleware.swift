import Runtime
import Telemetry

/// Something around every handler: it sees each request, matched or not, and each answer, problems included.
package protocol Middleware: Sendable {
    /// Runs where its caller runs: looking up the executor anew for each link would cost more than most links.
    /// - Throws: anything; it becomes a problem for the middleware outside of this one.
    nonisolated(nonsending) func respond(to request: Request, next: Next) async throws -> Response

    /// The answer to a request that nobody has to wait for, given on the caller's stack and without a task.
    /// - Returns: nil, with nothing done, where somebody may have to wait: `respond` gets the request then.
    func respondAtOnce(to request: Request, next: NextAtOnce) -> Response?

    /// Begins what waits without a task, for routes that can (`Route.begin`).
    /// - Parameter answer: called once, on this loop, during this call or later.
    /// - Returns: false, with nothing done, where a task is needed this far out: `respond` gets the request then.
    func begin(_ request: Request, next: NextBegun, _ answer: @escaping (Response) -> Void) -> Bool
}

extension Middleware {
    package func respondAtOnce(to request: Request, next: NextAtOnce) -> Response? { nil }
    package func begin(_ request: Request, next: NextBegun, _ answer: @escaping (Response) -> Void) -> Bool { false }
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

/// The rest of the chain, without a task as far as that goes. Errors have become problems when the answer comes.
package struct NextBegun {
    let chain: Chain
    let index: Int
    let loop: EventLoop

    package func callAsFunction(_ request: Request, _ answer: @escaping (Response) -> Void) {
        if chain.begin(request, from: index, on: loop, answer) { return }
        request.keepParameters()
        let (chain, index, done) = (chain, index, LoopCall(on: loop, answer))
        TraceContext.$current.withValue(request.trace) {
            _ = loop.spawnImmediately { done(await chain.respond(to: request, from: index)) }
        }
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

    /// The answer of a route that has it ready; nil for all others.
    func respondAtOnce(to request: Request, from index: Int = 0) -> Response? {
        guard let ready = request.route?.ready, request.refusal == nil else { return nil }
        guard index == middleware.count else {
            return middleware[index].respondAtOnce(to: request, next: NextAtOnce(chain: self, index: index + 1))
        }
        do {
            return try ready(request)
        } catch {
            return Problem(error, logging: request).response(requestID: request.requestID)
        }
    }

    /// Begins the answer of a route that needs no task for it; false, with nothing done, for all others.
    func begin(
        _ request: Request, from index: Int = 0, on loop: EventLoop, _ answer: @escaping (Response) -> Void
    ) -> Bool {
        guard let begin = request.route?.begin, request.refusal == nil else { return false }
        guard index == middleware.count else {
            return middleware[index].begin(request, next: NextBegun(chain: self, index: index + 1, loop: loop), answer)
        }
        // What is wrong with a query is for `respond` to tell.
        guard (try? QueryValidation.check(request)) != nil else { return false }
        return begin(request) { result in
            switch result {
            case .success(let response): answer(response)
            case .failure(let error):
                answer(Problem(error, logging: request).response(requestID: request.requestID))
            }
        }
    }

    private nonisolated(nonsending) static func handle(_ request: Request) async throws -> Response {
        if let refusal = request.refusal { throw refusal }
        guard let route = request.route else { throw request.unmatchedProblem }
        try QueryValidation.check(request)
        return try await route.handler(request)
    }
}
