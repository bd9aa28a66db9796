import RedisClient
import TestSupport
import Testing

@testable import VotingService

/// The script that sets leaderboards, on a real server.
@Suite struct BoardScriptTests {
    private struct Board {
        let redis: RedisClient
        private let script = RedisScript(PackageResources.board_lua)
        private let scores: RedisKey
        private let shares: RedisKey

        init(_ redis: RedisClient) {
            self.redis = redis
            let tag = "{board:\(UInt64.random(in: .min ... .max))}"
            (scores, shares) = (RedisKey(tag, "scores"), RedisKey(tag, "shares"))
        }

        /// - Returns: how many shares were set.
        @discardableResult
        func set(
            _ changes: [(author: String, share: Int64, version: Int64)], partition: Int = 0, keptFor seconds: Int = 0
        ) async throws -> Int64? {
            try await redis.run(
                script, keys: [scores, shares],
                arguments: [RedisArgument(partition), RedisArgument(seconds)]
                    + changes.flatMap { [.text($0.author), .integer($0.share), .integer($0.version)] }
            ).integer
        }

        func all() async throws -> [String: Int64] {
            let found = try await redis.zrevrange(scores, 0, -1)
            return Dictionary(uniqueKeysWithValues: found.map { ($0.member, Int64($0.score)) })
        }

        func secondsLeft() async throws -> [Int64?] {
            [
                try await redis.send(["TTL", .key(scores)]).integer,
                try await redis.send(["TTL", .key(shares)]).integer,
            ]
        }
    }

    private func board() async throws -> Board { Board(try await TestRedis.shared().client()) }

    @Test func `a score is the sum of the partitions' shares, each the newest of its own`() async throws {
        let board = try await board()
        #expect(try await board.set([("a", 5, 1), ("b", 2, 1)]) == 2)
        #expect(try await board.set([("a", 7, 3)], partition: 1) == 1)
        #expect(try await board.all() == ["a": 12, "b": 2])
        // Older ones, and the same once more, change nothing; newer ones are absolute.
        #expect(try await board.set([("a", 9, 2), ("a", 7, 3)], partition: 1) == 0)
        #expect(try await board.set([("a", 4, 10), ("b", 2, 2)]) == 2)
        #expect(try await board.all() == ["a": 11, "b": 2])
        // Versions are numbers: 9 comes before 10.
        #expect(try await board.set([("a", 6, 9)]) == 0)
        await board.redis.close()
    }

    @Test func `who has nothing left is on the board no more, and comes back`() async throws {
        let board = try await board()
        try await board.set([("a", 3, 1), ("b", 0, 1), ("c", -2, 1)])
        #expect(try await board.all() == ["a": 3])
        try await board.set([("a", 0, 2)])
        #expect(try await board.all() == [:])
        try await board.set([("a", 2, 3)])
        try await board.set([("c", 5, 1)], partition: 1)
        #expect(try await board.all() == ["a": 2, "c": 5])
        await board.redis.close()
    }

    @Test func `an author who comes twice in a call has the newest share`() async throws {
        let board = try await board()
        #expect(try await board.set([("a", 3, 1), ("a", 5, 2), ("b", 4, 7), ("b", 9, 6)]) == 3)
        #expect(try await board.all() == ["a": 5, "b": 4])
        await board.redis.close()
    }

    @Test(arguments: [999, 1_000, 1_001, 2_500])
    func `of any number of authors none is left out`(count: Int) async throws {
        let board = try await board()
        let authors = (1...count).map { (author: "author \($0)", share: Int64($0), version: Int64(1)) }
        #expect(try await board.set(authors) == Int64(count))
        #expect(try await board.all() == Dictionary(uniqueKeysWithValues: authors.map { ($0.author, $0.share) }))
        await board.redis.close()
    }

    @Test func `a day's board goes by itself, that of all time stays`() async throws {
        let (day, allTime) = (try await board(), try await board())
        try await day.set([("a", 1, 1)], keptFor: 600)
        for left in try await day.secondsLeft() { #expect((500...600).contains(left ?? 0)) }
        try await allTime.set([("a", 1, 1)])
        #expect(try await allTime.secondsLeft() == [-1, -1])
        await day.redis.close()
        await allTime.redis.close()
    }
}
