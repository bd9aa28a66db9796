package import Domain
package import JSON

/// Somebody voted for a post. Written by the vote script; whether it counts is decided after, by its evidence.
///
/// Address and device come as keyed hashes only. The coding is by hand: this is the platform's most frequent event.
package struct VoteCast: Event, Equatable {
    package static let topic = Topic.votes

    package var postID: PostID
    package var voterID: UserID
    package var authorID: UserID
    package var category: Category
    /// True when the voter had withdrawn an earlier vote: it is shown again, and adds nothing else.
    package var isRepeat: Bool
    package var addressHash: String?
    package var deviceHash: String?
    package var sessionID: SessionID?
    package var accountCreatedAt: Instant

    package init(
        postID: PostID, voterID: UserID, authorID: UserID, category: Category, isRepeat: Bool = false,
        addressHash: String? = nil, deviceHash: String? = nil, sessionID: SessionID? = nil, accountCreatedAt: Instant
    ) {
        self.postID = postID
        self.voterID = voterID
        self.authorID = authorID
        self.category = category
        self.isRepeat = isRepeat
        self.addressHash = addressHash
        self.deviceHash = deviceHash
        self.sessionID = sessionID
        self.accountCreatedAt = accountCreatedAt
    }

    package var subject: UserID { voterID }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("postID", postID.hex)
            $0.field("voterID", voterID.hex)
            $0.field("authorID", authorID.hex)
            $0.field("category", category.rawValue)
            if isRepeat { $0.field("isRepeat", true) }
            $0.fieldIfPresent("addressHash", addressHash)
            $0.fieldIfPresent("deviceHash", deviceHash)
            $0.fieldIfPresent("sessionID", sessionID?.hex)
            $0.field("accountCreatedAt", accountCreatedAt.milliseconds)
        }
    }

    package init(json: JSONValue) throws {
        self.init(
            postID: try json.requireID("postID"), voterID: try json.requireID("voterID"),
            authorID: try json.requireID("authorID"),
            category: json["category"]?.string.flatMap(Category.init) ?? .other,
            isRepeat: json["isRepeat"]?.bool ?? false, addressHash: json["addressHash"]?.string,
            deviceHash: json["deviceHash"]?.string,
            sessionID: json["sessionID"]?.string.flatMap(SessionID.init(hex:)),
            accountCreatedAt: Instant(milliseconds: json["accountCreatedAt"]?.int64 ?? 0))
    }
}

extension JSONValue {
    /// - Throws: `EventRejected` where the member is no id.
    func requireID<Tag>(_ name: String) throws -> Tagged<Tag> {
        guard let id = self[name]?.string.flatMap(Tagged<Tag>.init(hex:)) else {
            throw EventRejected("\(name) is no id")
        }
        return id
    }
}
