import CCurl
package import Runtime
import Telemetry

/// Asks other servers, on the event loops: with a deadline, retries within a budget, a circuit breaker per host, and a
/// guard against being sent to addresses inside the network.
///
/// The guard: a name is looked up once, addresses that `reach` does not permit are dropped, the connection is pinned to
/// the one chosen (so that a second look-up cannot answer differently), and each redirect goes through the same.
package final class HTTPClient: Sendable {
    private struct State {
        var multis: [ObjectIdentifier: CurlMulti] = [:]
        var breakers: [String: CircuitBreaker] = [:]
        var budget = RetryBudget()
    }

    private static let started: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    private let configuration: HTTPClientConfiguration
    private let loops: EventLoopGroup
    private let resolver: Resolver
    private let state = Locked(State())
    private let outcomes: Counter

    package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), loops: EventLoopGroup) {
        _ = Self.started
        self.configuration = configuration
        self.loops = loops
        resolver = Resolver()
        outcomes = Metrics.shared.counter(
            "circle_http_client_requests_total", help: "Requests to other servers by outcome", labels: ["outcome"])
    }

    /// Sends a request and collects its answer, whatever its status.
    ///
    /// Connection failures and 502, 503, 504 are retried where sending twice is harmless, as long as deadline and budget allow.
    package func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
        try await send(request, onBody: nil)
    }

    /// Sends a request and hands its body over piece by piece as it arrives, on the loop; the response's body is empty.
    /// Nothing is retried once bytes have come.
    package func stream(
        _ request: ClientRequest, onBody: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(HTTPClientError) -> ClientResponse {
        try await send(request, onBody: onBody)
    }

    private func send(
        _ request: ClientRequest, onBody: (@Sendable ([UInt8]) -> Void)?
    ) async throws(HTTPClientError) -> ClientResponse {
        let end = EventLoop.monotonicNanoseconds() &+ (request.deadline ?? configuration.deadline).clampedNanoseconds
        state.withLock { $0.budget.requestSent() }
        var attempt = 0
        while true {
            let outcome: Result<ClientResponse, HTTPClientError>
            do throws(HTTPClientError) {
                outcome = .success(try await follow(request, until: end, onBody: onBody))
            } catch {
                outcome = .failure(error)
            }
            if onBody == nil, Self.isWorthRetrying(outcome), request.maySendTwice, attempt < configuration.retries,
                state.withLock({ $0.budget.take() })
            {
                let pause = Duration.milliseconds((50 << attempt) + Int.random(in: 0..<(50 << attempt)))
                if EventLoop.monotonicNanoseconds() &+ pause.clampedNanoseconds < end {
                    attempt += 1
                    guard await Self.sleep(pause) else { throw .cancelled }
                    continue
                }
            }
            count(outcome)
            return try outcome.get()
        }
    }

    private static func isWorthRetrying(_ outcome: Result<ClientResponse, HTTPClientError>) -> Bool {
        switch outcome {
        case .success(let response): [502, 503, 504].contains(response.status)
        case .failure(.unreachable): true
        case .failure: false
        }
    }

    private static func sleep(_ pause: Duration) async -> Bool {
        do {
            if let loop = EventLoop.current {
                try await loop.sleep(for: pause)
            } else {
                try await Task.sleep(for: pause)
            }
            return true
        } catch {
            return false
        }
    }

    private func count(_ outcome: Result<ClientResponse, HTTPClientError>) {
        switch outcome {
        case .success(let response): outcomes.with("\(response.status / 100)xx").increment()
        case .failure(.timedOut): outcomes.with("timeout").increment()
        case .failure(.refusedAddress): outcomes.with("refused").increment()
        case .failure(.circuitOpen): outcomes.with("circuit-open").increment()
        case .failure: outcomes.with("failed").increment()
        }
    }

    // MARK: One attempt

    private func follow(
        _ request: ClientRequest, until end: UInt64, onBody: (@Sendable ([UInt8]) -> Void)?
    ) async throws(HTTPClientError) -> ClientResponse {
        var request = request
        var target = try TargetURL(request.url)
        var left = request.redirects
        while true {
            let response = try await exchange(request, with: target, until: end, onBody: onBody)
            guard [301, 302, 303, 307, 308].contains(response.status), request.redirects > 0, request.body.isEmpty,
                let location = response.header("location")
            else { return response }
            guard left > 0 else { throw .tooManyRedirects }
            left -= 1
            let next = try TargetURL(location, relativeTo: target.whole)
            if next.authority != target.authority {
                request.headers.removeAll { ["authorization", "cookie"].contains($0.name.lowercased()) }
            }
            target = next
        }
    }

    private func exchange(
        _ request: ClientRequest, with target: TargetURL, until end: UInt64, onBody: (@Sendable ([UInt8]) -> Void)?
    ) async throws(HTTPClientError) -> ClientResponse {
        guard admit(target) else { throw .circuitOpen(host: target.authority) }
        let outcome: Result<ClientResponse, HTTPClientError>
        do throws(HTTPClientError) {
            let found = try await resolver.addresses(of: target.host)
            let permitted = found.filter { configuration.reach.permits($0, host: target.host) }
            guard let address = permitted.first else { throw .refusedAddress(host: target.host) }
            let now = EventLoop.monotonicNanoseconds()
            guard now < end else { throw .timedOut }
            let transfer = try Transfer(
                request, to: target, at: address, limit: request.maximumBytes ?? configuration.maximumBytes,
                time: .nanoseconds(Int64(clamping: end - now)), configuration: configuration, onBody: onBody)
            outcome = await run(transfer)
        } catch {
            outcome = .failure(error)
        }
        note(outcome, for: target)
        return try outcome.get()
    }

    private func run(_ transfer: Transfer) async -> Result<ClientResponse, HTTPClientError> {
        let loop = loops.next()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.completion = { continuation.resume(returning: $0) }
                loop.execute { [self] in
                    do throws(HTTPClientError) {
                        try multi(of: loop).start(transfer)
                    } catch {
                        transfer.cancel()
                    }
                }
            }
        } onCancel: {
            loop.execute { [self] in
                let multi = state.withLock { $0.multis[ObjectIdentifier(loop)] }
                multi?.cancel(transfer)
            }
        }
    }

    private func multi(of loop: EventLoop) throws(HTTPClientError) -> CurlMulti {
        let id = ObjectIdentifier(loop)
        if let multi = state.withLock({ $0.multis[id] }) { return multi }
        let multi = try CurlMulti(loop: loop, connectionsPerHost: configuration.connectionsPerHost)
        state.withLock { $0.multis[id] = multi }
        return multi
    }

    // MARK: Circuits

    private func admit(_ target: TargetURL) -> Bool {
        guard configuration.failuresToOpen > 0 else { return true }
        let now = EventLoop.monotonicNanoseconds()
        return state.withLock { state in
            guard var breaker = state.breakers[target.authority] else { return true }
            defer { state.breakers[target.authority] = breaker }
            return breaker.admits(at: now)
        }
    }

    private func note(_ outcome: Result<ClientResponse, HTTPClientError>, for target: TargetURL) {
        guard configuration.failuresToOpen > 0 else { return }
        let failed: Bool
        switch outcome {
        case .success(let response): failed = response.status >= 500
        case .failure(.unreachable), .failure(.timedOut): failed = true
        case .failure: return
        }
        let now = EventLoop.monotonicNanoseconds()
        state.withLock { state in
            var breaker =
                state.breakers[target.authority]
                ?? CircuitBreaker(
                    failuresToOpen: configuration.failuresToOpen, openFor: configuration.openFor.clampedNanoseconds)
            failed ? breaker.failed(at: now) : breaker.succeeded()
            state.breakers[target.authority] = breaker.isIdle ? nil : breaker
        }
    }

    /// Ends what is under way on every loop; call before stopping the loops.
    package func close() async {
        for loop in loops.loops {
            await withCheckedContinuation { continuation in
                loop.execute { [self] in
                    state.withLock { $0.multis.removeValue(forKey: ObjectIdentifier(loop)) }?.close()
                    continuation.resume()
                }
            }
        }
    }
}
