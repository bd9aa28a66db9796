import BSON
import Domain
import Records
import RedisClient

/// Leaderboards: setting scores as the persist worker does, and the route's page of the best hundred.
struct LeaderboardBenchmark: Benchmark {
    static let name = "leaderboards"
    private static let authors = 10_000
    private static let path = "/v1/leaderboards/alltime?limit=100"

    func run(in workshop: Workshop) async throws -> [Finding] {
        let stores = try Stores(in: workshop)
        let clients = try StoreClients(stores)
        return [
            try await updates(stores, clients, in: workshop), try await page(stores, clients, in: workshop),
        ]
    }

    // MARK: Updates

    private func updates(_ stores: Stores, _ clients: StoreClients, in workshop: Workshop) async throws -> Finding {
        let script = RedisScript(try workshop.read(workshop.script("board")))
        let authors = (0..<Self.authors).map { _ in UserID.new() }
        var version: Int64 = 0
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for round in 0...5 {
            let (start, first) = (Clock.seconds(), version)
            while Clock.seconds() - start < 2 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<Self.partitionsAtOnce {
                        version += 1
                        let batch = version
                        group.addTask { try await Self.setScores(of: authors, version: batch, script, clients) }
                    }
                    try await group.waitForAll()
                }
            }
            let set = Double((version - first) * Int64(Self.scoresPerBatch)) / (Clock.seconds() - start)
            let increments = try RedisBenchmark(stores, in: workshop).operationsPerSecond(
                200_000, ["ZINCRBY", "bench:board", "1", "author:__rand_int__"])
            guard round > 0 else { continue }
            ours.append(set)
            theirs.append(increments)
        }
        return Finding(
            name: "\(Self.name)-update", unit: "scores a second", ours: ours, peer: "redis-benchmark ZINCRBY -P 16",
            theirs: theirs, atLeast: 0.7)
    }

    private static let boards = 6
    /// A worker takes several voters' partitions at a time.
    private static let partitionsAtOnce = 4
    private static let authorsPerBoard = 250
    private static let scoresPerBatch = boards * authorsPerBoard

    /// One batch of the worker: the votes of a partition, whose authors' shares change in six boards.
    private static func setScores(
        of authors: [UserID], version: Int64, _ script: RedisScript, _ clients: StoreClients
    ) async throws {
        let first = Int(version) * authorsPerBoard % authors.count
        let some = authors[first..<min(authors.count, first + authorsPerBoard)]
        let changes = some.flatMap { author -> [RedisArgument] in
            [.text(author.hex), .integer(version), .integer(version)]
        }
        let calls = (0..<boards).map { board in
            (
                keys: [RedisKey("{board:bench:\(board)}", "scores"), RedisKey("{board:bench:\(board)}", "shares")],
                arguments: [RedisArgument(version % Int64(Partition.count)), 864_000] + changes
            )
        }
        let redis = clients.redis
        _ = try await clients.loops.loops[0].run { try await redis.runAll(script, calls) }
    }

    // MARK: The page

    private func page(_ stores: Stores, _ clients: StoreClients, in workshop: Workshop) async throws -> Finding {
        let people = (0..<100).map { number in
            UserRecord(
                id: .new(), username: "person\(number)", displayName: "Person \(number)", referralCode: "ABCD2345",
                createdAt: Clock.now)
        }
        _ = try await clients.mongo.database.collection(UserRecord.collection.name)
            .bulk(people.map { .insert($0.document) })
        let scores = people.enumerated().flatMap { number, person -> [RedisArgument] in
            [RedisArgument(1000 - number), .text(person.id.hex)]
        }
        try await clients.redis.send(["ZADD", .key(RedisKey("{board:alltime:all}", "scores"))] + scores)
        let voting = try ServiceUnderTest.start(
            "voting", arguments: ["serve", "--only", "api"], answering: Self.path, stores: stores, in: workshop)
        let hello = try HelloPeers(answeringLike: voting.port, Self.path, in: workshop).c(in: workshop)
        let contenders = [("voting", voting.process, voting.port), ("libmicrohttpd in C", hello.process, hello.port)]
        return try await Interleaved(
            contenders: contenders.map { name, process, port in
                let load = try HTTPLoad(port: port, path: Self.path, connections: 32, rate: 3000)
                return .init(name: name, process: process) { try load.run(seconds: 1) }
            }, rounds: 9
        ).findings(name: "\(Self.name)-page", unit: "µs of CPU a page of 100", limits: [1.5])[0]
    }
}
