import Domain
import Events
import Records
import RedisClient

/// A vote as the stream keeps it, written and read byte by byte: the platform's most frequent record.
///
/// What the script needs stands at fixed places: post, voter and author, 24 digits each, and the day's cap, three digits of
/// base 64. The rest are words, each after a space: when the vote was cast, when its voter's account was made (milliseconds),
/// session, address, device, category, trace; `-` where there is none. Spaces at the end make all votes of a call as long
/// as the longest. Another layout takes another name than `votes` in the entry.
struct VoteCard {
    let vote: VoteCast
    let castAt: Instant

    private static let space = UInt8(ascii: " ")
    private static let headLength = 75
    private static let words = 7

    // MARK: Writing

    /// How many bytes a ballot takes at least.
    static func length(of ballot: Ballot) -> Int {
        let vote = ballot.vote
        return headLength + words + digits(ballot.castAt) + digits(vote.accountCreatedAt)
            + (vote.sessionID == nil ? 1 : 24) + (vote.addressHash?.utf8.count ?? 1)
            + (vote.deviceHash?.utf8.count ?? 1) + vote.category.rawValue.utf8.count
            + (ballot.traceparent?.utf8.count ?? 1)
    }

    private static func digits(_ time: Instant) -> Int {
        var (digits, rest) = (time.milliseconds < 0 ? 2 : 1, time.milliseconds.magnitude / 10)
        while rest > 0 { (digits, rest) = (digits + 1, rest / 10) }
        return digits
    }

    /// - Parameter padding: bytes that it takes more than it has to.
    static func write(_ ballot: Ballot, padding: Int, to call: inout RedisCommandWriter) {
        let vote = ballot.vote
        call.append(words: vote.postID.hexWords)
        call.append(words: vote.voterID.hexWords)
        call.append(words: vote.authorID.hexWords)
        let cap = min(max(0, ballot.cap), 262_143)
        for shift in [12, 6, 0] { call.append(UInt8(48 + (cap >> shift) & 63)) }
        call.append(space)
        call.append(ballot.castAt.milliseconds)
        call.append(space)
        call.append(vote.accountCreatedAt.milliseconds)
        call.append(space)
        if let session = vote.sessionID { call.append(words: session.hexWords) } else { call.append("-") }
        call.append(space)
        call.append(vote.addressHash ?? "-")
        call.append(space)
        call.append(vote.deviceHash ?? "-")
        call.append(space)
        call.append(vote.category.rawValue)
        call.append(space)
        call.append(ballot.traceparent ?? "-")
        for _ in 0..<padding { call.append(space) }
    }

    // MARK: Reading

    /// Nil for what is written in another way.
    init?(_ card: ArraySlice<UInt8>, isRepeat: Bool) {
        let start = card.startIndex
        func id<Tag>(_ place: Int) -> Tagged<Tag>? { Tagged(hexDigits: card[(start + place)..<(start + place + 24)]) }
        guard card.count > Self.headLength, let post: PostID = id(0), let voter: UserID = id(24),
            let author: UserID = id(48), card[(start + 72)..<(start + 75)].allSatisfy({ $0 &- 48 < 64 })
        else { return nil }
        var words = Words(card.dropFirst(Self.headLength))
        guard let castAt = words.number(), let createdAt = words.number(), let session = words.next(),
            let address = words.next(), let device = words.next(), let category = words.next(), words.next() != nil,
            words.isOver
        else { return nil }
        let sessionID = SessionID(hexDigits: session)
        if sessionID == nil, !Words.isNone(session) { return nil }
        vote = VoteCast(
            postID: post, voterID: voter, authorID: author,
            category: Category(rawValue: String(decoding: category, as: UTF8.self)) ?? .other, isRepeat: isRepeat,
            addressHash: Words.text(address), deviceHash: Words.text(device), sessionID: sessionID,
            accountCreatedAt: Instant(milliseconds: createdAt))
        self.castAt = Instant(milliseconds: castAt)
    }

    /// Words with a space before each.
    private struct Words {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        /// Nil where there is none, or where it is empty.
        mutating func next() -> ArraySlice<UInt8>? {
            guard rest.first == VoteCard.space else { return nil }
            rest = rest.dropFirst()
            let end = rest.firstIndex(of: VoteCard.space) ?? rest.endIndex
            defer { rest = rest[end...] }
            return end > rest.startIndex ? rest[..<end] : nil
        }

        mutating func number() -> Int64? {
            guard var digits = next() else { return nil }
            let isNegative = digits.first == UInt8(ascii: "-")
            if isNegative { digits = digits.dropFirst() }
            guard !digits.isEmpty, digits.count < 19, digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
            let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
            return isNegative ? -number : number
        }

        /// Whether nothing but what fills up comes after.
        var isOver: Bool { rest.allSatisfy { $0 == VoteCard.space } }

        static func isNone(_ word: ArraySlice<UInt8>) -> Bool { word.count == 1 && word.first == UInt8(ascii: "-") }

        static func text(_ word: ArraySlice<UInt8>) -> String? {
            isNone(word) ? nil : String(decoding: word, as: UTF8.self)
        }
    }
}
