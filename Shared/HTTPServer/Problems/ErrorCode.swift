/// Every code that a problem may carry. The list is closed: clients switch over it, OpenAPI shows it.
package enum ErrorCode: String, Sendable, CaseIterable {
    // Any route
    case invalidJSON = "invalid-json"
    case validationFailed = "validation-failed"
    case invalidCursor = "invalid-cursor"
    case idempotencyKeyRequired = "idempotency-key-required"
    case idempotencyKeyReused = "idempotency-key-reused"
    case idempotencyInFlight = "idempotency-in-flight"
    case bodyTooLarge = "body-too-large"
    case unauthenticated
    case forbidden
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case rateLimited = "rate-limited"
    case unavailable
    case rebuilding
    case upgradeRequired = "upgrade-required"
    case conflict
    case internalError = "internal-error"
    // People
    case usernameTaken = "username-taken"
    case emailTaken = "email-taken"
    case invalidCredentials = "invalid-credentials"
    case refreshTokenReused = "refresh-token-reused"
    case accountSuspended = "account-suspended"
    case timeZoneChangeTooSoon = "time-zone-change-too-soon"
    case contentRejected = "content-rejected"
    // Generation
    case generationQuotaExceeded = "generation-quota-exceeded"
    case promptRejected = "prompt-rejected"
    case modelLocked = "model-locked"
    case insufficientGems = "insufficient-gems"
    case costExceedsLimit = "cost-exceeds-limit"
    case modelUnavailable = "model-unavailable"
    case generationFinished = "generation-finished"
    // Posts, votes, gems
    case generationNotReady = "generation-not-ready"
    case alreadyPosted = "already-posted"
    case cursorExpired = "cursor-expired"
    case ownPost = "own-post"
    case voteCapReached = "vote-cap-reached"
    case alreadyOwned = "already-owned"
    case giftCardUnusable = "gift-card-unusable"

    package var status: HTTPStatus {
        switch self {
        case .invalidJSON, .invalidCursor, .idempotencyKeyRequired: .badRequest
        case .unauthenticated, .invalidCredentials, .refreshTokenReused: .unauthorized
        case .insufficientGems: .paymentRequired
        case .forbidden, .modelLocked, .ownPost, .accountSuspended: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .idempotencyInFlight, .usernameTaken, .emailTaken, .costExceedsLimit, .generationNotReady, .alreadyPosted,
            .alreadyOwned, .conflict, .timeZoneChangeTooSoon, .generationFinished, .giftCardUnusable:
            .conflict
        case .cursorExpired: .gone
        case .bodyTooLarge: .contentTooLarge
        case .validationFailed, .idempotencyKeyReused, .promptRejected, .contentRejected: .unprocessable
        case .upgradeRequired: .upgradeRequired
        case .rateLimited, .generationQuotaExceeded, .voteCapReached: .tooManyRequests
        case .internalError: .internalServerError
        case .unavailable, .rebuilding, .modelUnavailable: .unavailable
        }
    }

    /// The `title` of a problem: the code in words, the same each time.
    package var title: String {
        let words = rawValue.replacingHyphens()
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension String {
    fileprivate func replacingHyphens() -> String { String(map { $0 == "-" ? " " : $0 }) }
}
