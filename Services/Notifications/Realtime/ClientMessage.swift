import Domain
import JSON

/// What a client may say over its WebSocket.
enum ClientMessage: Equatable, Sendable {
    case subscribe([PostID])
    case unsubscribe([PostID])
    case authenticate(token: String)
    case ping

    static let mostPosts = 100

    /// - Returns: nil for anything else; the connection then ends with a protocol error.
    init?(_ text: String) {
        // What is no JSON is no message.
        guard let value = try? JSONParser.parse(text), let operation = value["op"]?.string else { return nil }
        switch operation {
        case "subscribe", "unsubscribe":
            guard let names = value["posts"]?.array, names.count <= Self.mostPosts else { return nil }
            let posts = names.compactMap { $0.string.flatMap(PostID.init(hex:)) }
            guard posts.count == names.count else { return nil }
            self = operation == "subscribe" ? .subscribe(posts) : .unsubscribe(posts)
        case "auth":
            guard let token = value["token"]?.string else { return nil }
            self = .authenticate(token: token)
        case "ping": self = .ping
        default: return nil
        }
    }
}
