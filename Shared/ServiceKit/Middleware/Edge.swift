import Domain
package import HTTPServer
import Runtime
import Telemetry

/// Everything around a handler: address, trace, caller, limits, idempotency, headers, metrics, log.
///
/// One middleware instead of eight: each link of a chain is an asynchronous call, and together they would cost more than
/// the handler of a simple route. The parts are types of their own; this one only puts them in order.
package struct Edge: Middleware {
    let address: ClientAddress
    let authentication: Authentication
    let limits: RequestLimits
    let idempotency: Idempotency
    let metrics: RequestMetrics
    let accessLog: AccessLog

    package func respondAtOnce(to request: Request, next: NextAtOnce) -> Response? {
        guard let route = request.route, isPlainRead(request, of: route), let answer = next(request) else { return nil }
        let now = Instant.now()
        resolveAddress(of: request)
        guard let verdict = limits.count(request, as: route.limit, now: now) else { return finish(request, answer) }
        var response = answer
        do {
            try limits.enforce(verdict)
        } catch {
            response = error.response(requestID: request.requestID)
        }
        limits.describe(verdict, in: &response.headers)
        return finish(request, response)
    }

    package func respond(to request: Request, next: Next) async throws -> Response {
        let now = Instant.now()
        resolveAddress(of: request)
        var verdict: RequestLimits.Verdict?
        var response: Response
        do {
            if let route = request.route, isPlainRead(request, of: route) {
                // Nothing here suspends, and each asynchronous call less is a tenth of a microsecond.
                verdict = limits.count(request, as: route.limit, now: now)
                if let verdict { try limits.enforce(verdict) }
                response = await next(request)
            } else {
                try await admit(request, now: now, verdict: &verdict)
                response = try await answer(request, next: next)
            }
        } catch {
            response = Problem(error, logging: request).response(requestID: request.requestID)
        }
        if let verdict { limits.describe(verdict, in: &response.headers) }
        return finish(request, response)
    }

    private func resolveAddress(of request: Request) {
        request.remoteAddress = address.resolve(request.remoteAddress) {
            // One look-up tells that there is none, which is cheaper than going through all headers.
            request.header("X-Forwarded-For") == nil ? [] : request.headers("X-Forwarded-For")
        }
    }

    /// An anonymous read without a trace of its own: the one kind of request that must cost next to nothing.
    private func isPlainRead(_ request: Request, of route: Route) -> Bool {
        route.method.isSafe && route.limit != .auth && !route.access.requiresCaller && !Spans.shared.isEnabled
            && request.header("Authorization") == nil && request.header("traceparent") == nil
    }

    /// - Throws: 401, 403, 429 or 503, before anything has been done for the request.
    private func admit(_ request: Request, now: Instant, verdict: inout RequestLimits.Verdict?) async throws {
        guard let route = request.route else {
            // Probing for routes draws on the same budget as reading them.
            verdict = limits.count(request, as: .read, now: now)
            if let verdict { try limits.enforce(verdict) }
            return
        }
        let authorization = request.headerBytes("Authorization")
        if authorization != nil || route.access.requiresCaller {
            do {
                try await authentication.authenticate(request, header: authorization, access: route.access, now: now)
            } catch {
                // Guessing at tokens costs an address its budget.
                if let tries = limits.count(request, as: .read, now: now) { try limits.enforce(tries) }
                throw error
            }
        }
        verdict = route.limit == .auth ? await limits.countExactly(request, now: now) : nil
        if verdict == nil { verdict = limits.count(request, as: route.limit, now: now) }
        if let verdict { try limits.enforce(verdict) }
    }

    private func answer(_ request: Request, next: Next) async throws -> Response {
        let parent = request.header("traceparent").flatMap(TraceContext.init(traceparent:))
        let trace = parent?.child() ?? .generate(sampled: Spans.shared.isEnabled)
        request.trace = trace
        let startedAt = Spans.shared.isEnabled ? WallClock.nanoseconds() : 0
        let response = try await TraceContext.$current.withValue(trace) {
            if request.route?.idempotency == .required { return try await idempotency.respond(to: request, next: next) }
            return await next(request)
        }
        Spans.shared.record(
            Span(
                context: trace, parent: parent?.span,
                name: "\(request.method?.rawValue ?? "other") \(request.routePattern)",
                kind: .server, startedAt: startedAt,
                attributes: ["http.response.status_code": String(response.status.rawValue)],
                failure: response.status.rawValue >= 500 ? response.problemCode?.rawValue ?? "error" : nil))
        return response
    }

    private func finish(_ request: Request, _ response: Response) -> Response {
        let nanoseconds = Int64(EventLoop.monotonicNanoseconds() - request.receivedAt)
        metrics.record(request, status: response.status.rawValue, nanoseconds: nanoseconds)
        accessLog.record(request, response, nanoseconds: nanoseconds)
        return response
    }
}

extension Request {
    /// Whether the request changes nothing; a method that we do not know may do anything.
    var isSafe: Bool { method?.isSafe ?? false }
}
