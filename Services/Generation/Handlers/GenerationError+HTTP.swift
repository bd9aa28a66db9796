import Domain
import HTTPServer

extension GenerationError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .unknownModel: .validation("/model", "no such model")
        case .modelUnavailable:
            Problem(.modelUnavailable, "No provider is configured for this model.", retryAfter: .seconds(300))
        case .modelLocked(let price): Problem(.modelLocked, "Unlock this model for \(price) gems.")
        case .promptRejected: Problem(.promptRejected, "The content rules do not allow this prompt.")
        case .costExceedsLimit(let cost): Problem(.costExceedsLimit, "This picture costs \(cost) gems.")
        case .insufficientGems: Problem(.insufficientGems)
        case .quotaExceeded(let limit, let wait):
            Problem(.generationQuotaExceeded, "\(limit) pictures a day; more after midnight UTC.", retryAfter: wait)
        case .notFound: Problem(.notFound)
        case .posted: Problem(.conflict, "This picture is posted. Delete the post first.")
        }
    }
}
