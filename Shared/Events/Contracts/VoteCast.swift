package import Domain
package import JSON

/// Somebody voted for a post. Written by the vote script; whether it counts is decided after, by its evidence.
///
/// Address and device come as keyed hashes only. The coding is by hand: this is the platform's most frequent event.
package struct VoteCast: Event, Equatable {
    package static let type = "VoteCast"
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
            $0.field("postID", words: postID.hexWords)
            $0.field("voterID", words: voterID.hexWords)
            $0.field("authorID", words: authorID.hexWords)
            $0.field("category", category.rawValue)
            if isRepeat { $0.field("isRepeat", true) }
            $0.fieldIfPresent("addressHash", addressHash)
            $0.fieldIfPresent("deviceHash", deviceHash)
            if let sessionID { $0.field("sessionID", words: sessionID.hexWords) }
            $0.field("accountCreatedAt", accountCreatedAt.milliseconds)
        }
    }

    package init(data: ArraySlice<UInt8>) throws {
        guard let vote = Self(plain: data) else {
            try self.init(json: try JSONParser.parse(Array(data)))
            return
        }
        self = vote
    }

    /// Nil for what is written otherwise than the vote script does.
    private init?(plain data: ArraySlice<UInt8>) {
        var (post, voter, author): (PostID?, UserID?, UserID?)
        var (category, isRepeat, session): (Category?, Bool?, SessionID?)
        var (address, device, createdAt): (String?, String?, Int64?)
        var members = PlainMembers(data)
        var seen = 0
        while members.next() {
            seen += 1
            if members.isNamed("postID") {
                post = members.text.flatMap(PostID.init(hexDigits:))
            } else if members.isNamed("voterID") {
                voter = members.text.flatMap(UserID.init(hexDigits:))
            } else if members.isNamed("authorID") {
                author = members.text.flatMap(UserID.init(hexDigits:))
            } else if members.isNamed("category") {
                category = members.string.flatMap(Category.init)
            } else if members.isNamed("isRepeat") {
                isRepeat = members.bool
            } else if members.isNamed("addressHash") {
                address = members.string
            } else if members.isNamed("deviceHash") {
                device = members.string
            } else if members.isNamed("sessionID") {
                session = members.text.flatMap(SessionID.init(hexDigits:))
            } else if members.isNamed("accountCreatedAt") {
                createdAt = members.int64
            }
        }
        // As many as were understood: none of them twice, and none of another kind than is expected.
        let understood: [Bool] = [
            post != nil, voter != nil, author != nil, category != nil, isRepeat != nil, address != nil, device != nil,
            session != nil, createdAt != nil,
        ]
        guard members.isWhole, understood.count(where: { $0 }) == seen, let post, let voter, let author else {
            return nil
        }
        self.init(
            postID: post, voterID: voter, authorID: author, category: category ?? .other, isRepeat: isRepeat ?? false,
            addressHash: address, deviceHash: device, sessionID: session,
            accountCreatedAt: Instant(milliseconds: createdAt ?? 0))
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
