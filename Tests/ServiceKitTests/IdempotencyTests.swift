import BSON
import Domain
import Runtime
import Telemetry
import Testing

@testable import HTTPServer
@testable import ServiceKit

/// A store that answers as it is told, and remembers what it was asked.
private final class ScriptedAnswers: IdempotencyStore {
    private struct Away: Error {}

    private let claim: IdempotencyClaim?
    private let asked = Locked<[String]>([])
    var calls: [String] { asked.withLock { $0 } }

    /// - Parameter claim: nil for a store that is away.
    init(_ claim: IdempotencyClaim?) { self.claim = claim }

    func begin(_: RequestKey, body digest: String, lease: String) async throws -> IdempotencyClaim {
        asked.withLock { $0.append("begin \(digest) \(lease)") }
        guard let claim else { throw Away() }
        return claim
    }

    func keep(_ answer: KeptAnswer, for _: RequestKey, lease: String) async throws {
        asked.withLock {
            $0.append("keep \(answer.status) \(answer.contentType) \(answer.body.count) \(lease)")
        }
    }

    func release(_: RequestKey, lease: String) async throws { asked.withLock { $0.append("release \(lease)") } }
}

/// Nothing but idempotency around a handler.
private struct Once: Middleware {
    let idempotency: Idempotency

    func respond(to request: Request, next: Next) async throws -> Response {
        try await idempotency.respond(to: request, next: next)
    }
}

@Suite struct IdempotencyTests {
    private static let person = Caller(
        userID: .new(), sessionID: .new(), deviceID: "d", tier: .free, roles: [],
        accountCreatedAt: Instant(milliseconds: 0), tokenExpiresAt: Instant(milliseconds: .max))

    private func route(
        _ pattern: String = "/v1/things", _ handler: @escaping Route.Handler = { _ in .noContent }
    ) -> Route {
        Route(.post, pattern, operation: "make", handler: handler)
    }

    private func request(_ key: String?, to route: Route? = nil, caller: Caller? = person) -> Request {
        Request(
            .post, "/v1/things", route: route ?? self.route(), headers: key.map { ["Idempotency-Key": $0] } ?? [:],
            body: [1, 2], caller: caller)
    }

    /// What is answered, and what the store was asked meanwhile.
    private func play(
        _ claim: IdempotencyClaim?, _ handler: @escaping Route.Handler
    ) async -> (answer: Response, words: [[Substring]]) {
        let store = ScriptedAnswers(claim)
        let chain = Chain([Once(idempotency: Idempotency(store: store, log: Logger(label: "test")))])
        let answer = await chain.respond(to: request("k", to: route("/v1/things", handler)))
        return (answer, store.calls.map { $0.split(separator: " ", omittingEmptySubsequences: false) })
    }

    @Test func `a success is kept under the lease that it was begun with, an empty one too`() async {
        let (_, words) = await play(.new) { _ in .bytes(.created, [7, 7, 7], contentType: "image/webp") }
        #expect(words.map { $0[0] } == ["begin", "keep"] && words.first?.last == words.last?.last)
        #expect(words.last?.prefix(4) == ["keep", "201", "image/webp", "3"])
        let (_, empty) = await play(.new) { _ in .noContent }
        #expect(empty.last?.prefix(4) == ["keep", "204", "", "0"])
        #expect(empty.first?.last != words.first?.last, "each request has a lease of its own")
        #expect(empty.first?[1] == words.first?[1] && empty.first?[1].count == 64)
    }

    @Test(arguments: [.notFound, .conflict, .tooManyRequests, HTTPStatus(500)] as [HTTPStatus])
    func `a refusal or a failure lets go of the key`(status: HTTPStatus) async {
        let (answer, words) = await play(.new) { _ in Response(status) }
        #expect(answer.status == status)
        #expect(words.map { $0[0] } == ["begin", "release"] && words.last?.last == words.first?.last)
    }

    @Test(
        arguments: [nil, .inFlight, .reusedWithAnotherBody, .done(KeptAnswer(status: 202, contentType: "", body: []))]
            as [IdempotencyClaim?])
    func `nothing is done again, nor while the store is away`(claim: IdempotencyClaim?) async {
        let deeds = Locked(0)
        let (answer, words) = await play(claim) { _ in
            deeds.withLock { $0 += 1 }
            return .noContent
        }
        #expect(deeds.withLock { $0 } == 0 && words.count == 1)
        switch claim {
        case nil: #expect(answer.status == HTTPStatus(500))
        case .inFlight: #expect(answer.status == .conflict && answer.headers["Retry-After"] == "1")
        case .reusedWithAnotherBody: #expect(answer.status == .unprocessable)
        default: #expect(answer.status == .accepted && answer.headers["Idempotency-Replayed"] == "true")
        }
    }

    @Test func `an answer comes again as it was`() async {
        let kept = KeptAnswer(status: 201, contentType: "image/webp", body: [9, 8])
        let (answer, _) = await play(.done(kept)) { _ in .noContent }
        #expect(answer.status == .created && answer.headers["Idempotency-Replayed"] == "true")
        #expect(answer.contentType == "image/webp")
        guard case .bytes([9, 8]) = answer.body else { return #expect(Bool(false), "another body: \(answer.body)") }
    }

    @Test(arguments: [nil, "", String(repeating: "k", count: 256), "ä", "a\tb"] as [String?])
    func `what is no key is refused`(key: String?) {
        #expect(throws: Problem.self) { try request(key).requestKey() }
    }

    @Test(arguments: ["k", String(repeating: "k", count: 255), "a key ~ of any visible letters"])
    func `any other text is a key, for somebody who is known`(key: String) throws {
        #expect(try request(key).requestKey().key == key)
        #expect(throws: Problem.self) { try request(key, caller: nil).requestKey() }
    }

    @Test func `the person, the route, the key and the part make an id, and each makes another`() throws {
        let other = Caller(
            userID: .new(), sessionID: .new(), deviceID: "d", tier: .free, roles: [],
            accountCreatedAt: Instant(milliseconds: 0), tokenExpiresAt: Instant(milliseconds: .max))
        let requests = [
            request("k"), request("l"), request("k", caller: other), request("k", to: route("/v1/others")),
        ]
        let keys = try requests.map { try $0.requestKey() }
        #expect(Set(keys.map(\.digest)).count == 4)
        #expect(Set(keys.map { $0.objectID() } + [keys[0].objectID("second")]).count == 5)
        #expect(try request("k").requestKey().objectID() == keys[0].objectID())
    }
}
