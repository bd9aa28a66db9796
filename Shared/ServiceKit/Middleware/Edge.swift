import Domain
package import HTTPServer
import Runtime
import Telemetry

/// Everything around a handler: address, trace, caller, limits, idempotency, headers, metrics, log.
///
/// One middleware instead of eight: each link of a chain is an asynchronous call, and together they would cost more than
/// the handler of a simple route. The parts are types of their own; this one only puts them in order.
package final class Edge: Middleware {
    let address: ClientAddress
    let authentication: Authentication
    let limits: RequestLimits
    let idempotency: Idempotency
    let metrics: RequestMetrics
    let accessLog: AccessLog

    /// What stands around the routes of a service.
    package init(_ context: ServiceContext, routes: [Route]) {
        let configuration = context.configuration
        let shared = SharedCounters(redis: context.cache, counters: context.counters, log: context.logger)
        address = ClientAddress(
            trusted: configuration.networks(.trustedProxies), relaxed: configuration.isRelaxed)
        authentication = context.authentication
        limits = RequestLimits(counters: context.counters, shared: shared)
        idempotency = Idempotency(store: RedisIdempotencyStore(redis: context.redis), log: context.logger)
        metrics = RequestMetrics(routes: routes, metrics: context.metrics)
        accessLog = AccessLog(
            selection: AccessLog.Selection(rawValue: configuration.string(.accessLog)) ?? .notable,
            log: Logger(label: "\(context.service).access"))
    }

    package func respondAtOnce(to request: Request, next: NextAtOnce) -> Response? {
        guard let route = request.route, isPlainRead(request, of: route), let answer = next(request) else { return nil }
        let now = Instant.now()
        resolveAddress(of: request)
        let verdict = limits.count(request, as: route.limit, now: now)
        do {
            if let verdict { try limits.enforce(verdict) }
        } catch {
            return finish(request, error.response(requestID: request.requestID), verdict)
        }
        return finish(request, answer, verdict)
    }

    package func begin(_ request: Request, next: NextBegun, _ answer: @escaping (Response) -> Void) -> Bool {
        let now = Instant.now()
        guard let route = request.route, route.limit != .auth, route.idempotency == .none,
            authentication.recognises(request, access: route.access, now: now)
        else { return false }
        resolveAddress(of: request)
        let verdict = limits.count(request, as: route.limit, now: now)
        do {
            if let verdict { try limits.enforce(verdict) }
        } catch {
            answer(finish(request, error.response(requestID: request.requestID), verdict))
            return true
        }
        let tracing = Tracing(request)
        next(request) { [self] response in
            tracing.record(request, response)
            answer(finish(request, response, verdict))
        }
        return true
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
        return finish(request, response, verdict)
    }

    private func resolveAddress(of request: Request) {
        request.remoteAddress = address.resolve(request)
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
        let tracing = Tracing(request)
        let response = try await TraceContext.$current.withValue(tracing.context) {
            if request.route?.idempotency == .required { return try await idempotency.respond(to: request, next: next) }
            return await next(request)
        }
        tracing.record(request, response)
        return response
    }

    private func finish(_ request: Request, _ answer: Response, _ verdict: RequestLimits.Verdict?) -> Response {
        var response = answer
        if let verdict { response.rateLimit = limits.status(verdict) }
        let nanoseconds = Int64(EventLoop.monotonicNanoseconds() - request.receivedAt)
        metrics.record(request, status: response.status.rawValue, nanoseconds: nanoseconds)
        accessLog.record(request, response, nanoseconds: nanoseconds)
        return response
    }
}

/// A request's place in its trace, and the span that is told of it.
private struct Tracing {
    let context: TraceContext
    private let parent: UInt64?
    private let startedAt: Int64

    /// Continues the client's trace, or starts one.
    init(_ request: Request) {
        let parent = request.header("traceparent").flatMap(TraceContext.init(traceparent:))
        context = parent?.child() ?? .generate(sampled: Spans.shared.isEnabled)
        self.parent = parent?.span
        startedAt = Spans.shared.isEnabled ? WallClock.nanoseconds() : 0
        request.trace = context
    }

    func record(_ request: Request, _ response: Response) {
        Spans.shared.record(
            Span(
                context: context, parent: parent,
                name: "\(request.method?.rawValue ?? "other") \(request.routePattern)",
                kind: .server, startedAt: startedAt,
                attributes: ["http.response.status_code": String(response.status.rawValue)],
                failure: response.status.rawValue >= 500 ? response.problemCode?.rawValue ?? "error" : nil))
    }
}

extension Request {
    /// Whether the request changes nothing; a method that we do not know may do anything.
    var isSafe: Bool { method?.isSafe ?? false }
}
