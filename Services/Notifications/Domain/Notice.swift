import Domain
import JSON

/// What a notification says; where it comes from decides under which id it is kept.
struct Notice: Equatable, Sendable {
    enum Kind: String, Sendable {
        case vote, follow, moderation, generation, streak, system
        case gemEarned = "gem_earned"
    }

    enum Action: Equatable, Sendable {
        case post(PostID)
        case profile(username: String)
        case screen(String)

        var type: String {
            switch self {
            case .post: "open_post"
            case .profile: "open_profile"
            case .screen: "open_screen"
            }
        }

        /// The names and values that a client needs to act.
        var payload: (name: String, value: String) {
            switch self {
            case .post(let id): ("postId", id.hex)
            case .profile(let username): ("username", username)
            case .screen(let screen): ("screen", screen)
            }
        }
    }

    let recipient: UserID
    let kind: Kind
    let title: String
    let body: String
    var imageUrl: String?
    let action: Action
    /// What happens once is one notification: the same words here are the same notification.
    let once: [String]
    /// For notifications that gather: how many, as an absolute figure, and its version.
    var gathered: (count: Int64, version: Int64)?
    let at: Instant

    static func == (left: Self, right: Self) -> Bool {
        left.recipient == right.recipient && left.kind == right.kind && left.title == right.title
            && left.body == right.body && left.imageUrl == right.imageUrl && left.action == right.action
            && left.once == right.once && left.gathered?.count == right.gathered?.count
            && left.gathered?.version == right.gathered?.version && left.at == right.at
    }
}
