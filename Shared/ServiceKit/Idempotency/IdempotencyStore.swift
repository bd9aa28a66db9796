import RedisClient

/// Remembers for a day what requests with an idempotency key were answered.
package protocol IdempotencyStore: Sendable {
    /// Claims the key for a request, or says what became of the first.
    func begin(_ key: RequestKey, body digest: String, lease: String) async throws -> IdempotencyClaim
    /// Keeps a success for its retries.
    func keep(_ answer: KeptAnswer, for key: RequestKey, lease: String) async throws
    /// Lets go: a refusal or a failure is evaluated anew by the next try.
    func release(_ key: RequestKey, lease: String) async throws
}

package enum IdempotencyClaim: Sendable, Equatable {
    case new
    case inFlight
    case reusedWithAnotherBody
    case done(KeptAnswer)
}

package struct KeptAnswer: Sendable, Equatable {
    package let status: Int
    package let contentType: String
    package let body: [UInt8]

    package init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
