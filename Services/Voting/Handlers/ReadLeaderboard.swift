import Domain
import JSON
import Records

/// A page of a board, with the people on it.
struct ReadLeaderboard: Sendable {
    struct Entry: JSONWritable, Sendable {
        let rank: Int
        let user: UserRecord
        let score: Int64

        func write(to writer: inout JSONWriter) {
            writer.object {
                $0.field("rank", rank)
                $0.field("user", PublicUser(user))
                $0.field("score", score)
            }
        }
    }

    struct Page: Sendable {
        var entries: [Entry]
        /// Where the next page begins; nil at the end.
        var next: Int?
    }

    let boards: RedisBoards
    let users: UserLookup

    /// - Parameter offset: how many come before, counted from the best.
    func callAsFunction(_ board: Board, offset: Int, limit: Int) async throws -> Page {
        let standings = try await boards.page(board, offset: offset, limit: limit + 1)
        let shown = standings.prefix(limit)
        let people = try await users.byIDs(shown.map(\.user))
        let byID = Dictionary(people.map { ($0.id, $0) }) { first, _ in first }
        // Somebody deleted meanwhile leaves a gap, and the ranks of the others as they are.
        let entries = shown.compactMap { standing in
            byID[standing.user].map { Entry(rank: standing.rank, user: $0, score: standing.score) }
        }
        return Page(entries: entries, next: standings.count > limit ? offset + limit : nil)
    }

    func standing(of user: UserID, on board: Board) async throws -> RedisBoards.Standing? {
        try await boards.standing(of: user, on: board)
    }
}
