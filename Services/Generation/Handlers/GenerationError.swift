import Domain

/// Why a request about pictures is refused.
enum GenerationError: Error, Equatable {
    case unknownModel
    case modelUnavailable
    case modelLocked(unlockGems: Gems)
    case promptRejected(rules: [String])
    case costExceedsLimit(cost: Gems)
    case insufficientGems
    /// The day's pictures are used up; the next day begins in a while.
    case quotaExceeded(limit: Int, wait: Duration)
    case notFound
    /// A picture that is posted cannot be deleted; its post can.
    case posted
}
