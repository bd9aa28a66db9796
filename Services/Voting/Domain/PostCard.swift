import Domain
import Records
import RedisClient

/// What voting knows of a post without asking MongoDB.
struct PostCard: Sendable, Equatable {
    /// Who may vote for it.
    enum Access: String, Sendable {
        case everybody, followers, nobody
    }

    /// One voters' partition's row.
    struct Row: Sendable, Equatable {
        var displayed: Int64
        var version: Int64
        var position: RedisStreamID
    }

    var author: UserID
    var category: Category
    var access: Access
    /// By the voters' partition.
    var rows: [Int: Row] { didSet { total = Self.total(of: rows) } }
    /// All rows together: added up once, since a card serves many votes.
    private(set) var total: Int64

    init(author: UserID, category: Category, access: Access, rows: [Int: Row] = [:]) {
        self.author = author
        self.category = category
        self.access = access
        self.rows = rows
        total = Self.total(of: rows)
    }

    private static func total(of rows: [Int: Row]) -> Int64 { rows.values.reduce(0) { $0 + $1.displayed } }

    /// The number that a voter is shown: the persisted total, and their own vote as they left it.
    ///
    /// Their own partition's row says how far it has come, so the own vote is added or taken off only while it is not in
    /// the total yet. A vote that does not count at present is shown to its voter all the same.
    func count(for voter: UserID, mark: VoteMark?) -> Int64 {
        guard let mark else { return total }
        let reached = rows[Partition(of: voter).number]?.position ?? .zero
        return max(0, total - (mark.isIn(totalUpTo: reached) ? 1 : 0) + (mark.isVoted ? 1 : 0))
    }
}

extension PostCard.Access {
    init(visibility: Visibility, status: ModerationStatus, isRemoved: Bool) {
        guard status == .approved, !isRemoved else {
            self = .nobody
            return
        }
        switch visibility {
        case .public: self = .everybody
        case .followers: self = .followers
        case .private: self = .nobody
        }
    }
}
