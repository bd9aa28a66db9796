/// Why no picture came of a job: a word for programs and a sentence for people.
package enum FailureReason: String, Sendable {
    case cancelled
    case providerError = "provider-error"
    case providerAway = "provider-away"
    case insufficientGems = "insufficient-gems"
    case gaveUp = "gave-up"

    package var message: String {
        switch self {
        case .cancelled: "You cancelled this picture."
        case .providerError: "The model could not paint this picture. Nothing was charged."
        case .providerAway: "The model is not available at present. Nothing was charged."
        case .insufficientGems: "There were not enough gems left when the picture was begun."
        case .gaveUp: "The picture could not be finished after several tries. Nothing was charged."
        }
    }
}
