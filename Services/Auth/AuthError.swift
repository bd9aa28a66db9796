import HTTPServer

/// What auth refuses, by what the caller can do about it.
enum AuthError: Error, Equatable {
    case usernameTaken
    case emailTaken
    case unknownReferralCode
    case invalidCredentials
    case tooManyFailures(retryAfter: Duration)
    case suspended
    case sessionEnded
    case refreshTokenReused
    case notFound
    case timeZoneChangedLately
    case unknownTimeZone
    /// No signing key yet, or another process was quicker at something: worth another try.
    case notReady(String)
}

extension AuthError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .usernameTaken: Problem(.usernameTaken)
        case .emailTaken: Problem(.emailTaken)
        case .unknownReferralCode: .validation("/referralCode", "nobody has this code")
        case .invalidCredentials: Problem(.invalidCredentials)
        case .tooManyFailures(let wait): Problem(.rateLimited, retryAfter: wait)
        case .suspended: Problem(.accountSuspended)
        case .sessionEnded:
            Problem(
                .unauthenticated, "the session has ended",
                headers: ["WWW-Authenticate": "Bearer error=\"invalid_token\""])
        case .refreshTokenReused: Problem(.refreshTokenReused)
        case .notFound: Problem(.notFound)
        case .timeZoneChangedLately:
            Problem(.timeZoneChangeTooSoon, "a time zone changes at most once a month")
        case .unknownTimeZone: .validation("/timeZone", "no such time zone")
        case .notReady(let what): .unavailable(what)
        }
    }
}
