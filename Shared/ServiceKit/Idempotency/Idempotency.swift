import Domain
package import HTTPServer
import Security
package import Telemetry

/// Gives a repeated request the answer of the first.
package struct Idempotency: Sendable {
    private let store: any IdempotencyStore
    private let log: Logger

    package init(store: any IdempotencyStore, log: Logger) {
        self.store = store
        self.log = log
    }

    /// Runs a request at most once per key while its answer is remembered.
    ///
    /// - Throws: 400 without a key; 422 with a key of another body; 409 while the first request is under way; whatever
    ///   the store throws when it is away, before anything has happened.
    func respond(to request: Request, next: Next) async throws -> Response {
        let key = try request.requestKey()
        let lease = TraceIdentifiers.requestID()
        switch try await store.begin(key, body: SHA256.hexDigest(request.body), lease: lease) {
        case .new: break
        case .inFlight: throw Problem(.idempotencyInFlight, retryAfter: .seconds(1))
        case .reusedWithAnotherBody: throw Problem(.idempotencyKeyReused)
        case .done(let answer): return Self.replay(answer)
        }
        let response = await next(request)
        await settle(response, key: key, lease: lease)
        return response
    }

    private func settle(_ response: Response, key: RequestKey, lease: String) async {
        do {
            if response.status.isSuccess, let answer = Self.kept(response) {
                try await store.keep(answer, for: key, lease: lease)
            } else {
                try await store.release(key, lease: lease)
            }
        } catch {
            // The answer stands; a retry waits for the lease to end and finds what this request made by its ids.
            log.warning("an answer could not be kept for its retries", ["reason": "\(error)"])
        }
    }

    private static func kept(_ response: Response) -> KeptAnswer? {
        switch response.body {
        case .bytes(let bytes):
            let type = response.contentType ?? "application/json"
            return KeptAnswer(status: response.status.rawValue, contentType: type, body: bytes)
        case .empty: return KeptAnswer(status: response.status.rawValue, contentType: "", body: [])
        default: return nil
        }
    }

    private static func replay(_ answer: KeptAnswer) -> Response {
        var response =
            answer.body.isEmpty
            ? Response(HTTPStatus(answer.status))
            : Response.bytes(HTTPStatus(answer.status), answer.body, contentType: answer.contentType)
        response.headers.add("Idempotency-Replayed", "true")
        return response
    }
}

extension Request {
    private static let longestKey = 255

    /// What everything that this request makes takes its ids from. For routes that require an `Idempotency-Key`.
    ///
    /// - Throws: 400 when the header is missing or no key; 401 without a caller.
    package func requestKey() throws(Problem) -> RequestKey {
        guard let key = header("Idempotency-Key"), (1...Self.longestKey).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Problem(.idempotencyKeyRequired, "1 to 255 visible characters") }
        return RequestKey(
            person: try requireCaller().userID, route: "\(method?.rawValue ?? "") \(routePattern)", key: key)
    }
}
