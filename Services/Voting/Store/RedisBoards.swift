import Domain
import Records
import RedisClient

/// Leaderboards: sorted sets whose scores are sums of the partitions' shares, each set as an absolute value.
struct RedisBoards: Sendable {
    private static let script = RedisScript(PackageResources.board_lua)
    private static let authorsPerCall = 500

    struct Standing: Sendable, Equatable {
        var user: UserID
        var rank: Int
        var score: Int64
    }

    let redis: RedisClient

    /// Sets one partition's shares of authors in boards.
    func set(_ shares: [(author: AuthorTotals, boards: Set<Board>)], partition: Partition) async throws {
        var authors: [Board: [AuthorTotals]] = [:]
        for (author, boards) in shares { for board in boards { authors[board, default: []].append(author) } }
        var calls: [(keys: [RedisKey], arguments: [RedisArgument])] = []
        for (board, authors) in authors {
            for start in stride(from: 0, to: authors.count, by: Self.authorsPerCall) {
                let some = authors[start..<min(authors.count, start + Self.authorsPerCall)]
                let head = [
                    RedisArgument(partition.number), RedisArgument(board.period.retention?.components.seconds ?? 0),
                ]
                calls.append(
                    (
                        keys: [.boardScores(board), .boardShares(board)],
                        arguments: head
                            + some.flatMap { author -> [RedisArgument] in
                                [.text(author.author.hex), .integer(author.share(in: board)), .integer(author.version)]
                            }
                    ))
            }
        }
        _ = try await redis.runAll(Self.script, calls)
    }

    /// Standings from `offset` on, the best first.
    func page(_ board: Board, offset: Int, limit: Int) async throws -> [Standing] {
        let found = try await redis.zrevrange(.boardScores(board), offset, offset + limit - 1)
        return found.enumerated().compactMap { index, entry in
            UserID(hex: entry.member).map { Standing(user: $0, rank: offset + index + 1, score: Int64(entry.score)) }
        }
    }

    /// Nil for somebody without votes in the period.
    func standing(of user: UserID, on board: Board) async throws -> Standing? {
        let replies = try await redis.pipeline([
            ["ZREVRANK", .key(.boardScores(board)), .text(user.hex)],
            ["ZSCORE", .key(.boardScores(board)), .text(user.hex)],
        ])
        guard let rank = replies[0].integer, let score = replies[1].double else { return nil }
        return Standing(user: user, rank: Int(rank) + 1, score: Int64(score))
    }
}
