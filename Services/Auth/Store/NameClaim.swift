import Domain

/// A name that one person alone may have.
enum NameClaim: Sendable, Equatable {
    case username(String)
    case email(String)
    case referral(String)

    /// The `_id` of its document: names that differ only in case are one name.
    var key: String {
        switch self {
        case .username(let name): "username:" + NameRules.fold(name)
        case .email(let address): "email:" + NameRules.fold(address)
        case .referral(let code): "referral:" + ReferralCode.fold(code)
        }
    }

    /// What a newcomer is told who wants it too. A referral code is drawn by us: then another is drawn.
    var takenError: AuthError {
        switch self {
        case .username: .usernameTaken
        case .email: .emailTaken
        case .referral: .notReady("a code was drawn twice")
        }
    }
}
