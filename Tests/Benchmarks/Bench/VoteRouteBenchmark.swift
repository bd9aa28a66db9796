import Domain
import Glibc

/// `PUT /v1/posts/{id}/vote` of the real voting service: token, limits, dedupe, cap, enqueue; beside Node doing the same.
///
/// Every vote is another (voter, post). The C hello, which answers the same bytes, says how quick the machine is now.
struct VoteRouteBenchmark: Benchmark {
    static let name = "vote-route"
    /// Service and Redis together, by the C hello: 60 µs where that one costs 10.
    private static let limitByHello = 6.0
    private static let rate = 2000.0
    private static let votersPerContender = 100
    private static let posts = 500
    /// Requests under way at once. What a burst costs by itself, above all the sync of Redis' file, they share.
    private static let connections = [32, 128]

    func run(in workshop: Workshop) async throws -> [Finding] {
        let stores = try Stores(in: workshop)
        let clients = try StoreClients(stores)
        let electorate = try await Electorate(
            voters: 3 * Self.votersPerContender + 1, posts: Self.posts, in: clients.mongo.database)
        try await clients.openPartitions(stores, in: workshop)
        let voting = try ServiceUnderTest.start(
            "voting", arguments: ["serve", "--only", "api"], answering: "/v1/leaderboards/alltime", stores: stores,
            in: workshop)
        let answer = try Self.readCards(voting.port, electorate)
        let node = try Self.node(stores, electorate, in: workshop)
        let hello = try HelloPeers(answering: answer, in: workshop).c(in: workshop)
        var findings: [Finding] = []
        for (place, connections) in Self.connections.enumerated() {
            // Each with votes of its own.
            let pace = Pace(
                connections: connections,
                first: place * Self.votersPerContender * Self.posts / Self.connections.count)
            let ours = try Self.load(voting.port, share: 0, of: electorate, pace)
            let theirs = try Self.load(node.port, share: 1, of: electorate, pace)
            let commands = try Self.commandsPerVote(voting.port, stores, electorate, pace, in: workshop)
            let plain = try HTTPLoad(port: hello.port, path: "/", connections: connections, rate: Self.rate)
            let samples = try await Interleaved(
                contenders: [
                    .init(name: "voting", process: voting.process, store: stores.redis) { try ours.run(seconds: 1) },
                    .init(name: "Node", process: node.process, store: stores.redis) { try theirs.run(seconds: 1) },
                    .init(name: "hello", process: hello.process) { try plain.run(seconds: 1) },
                ], rounds: 9
            ).run()
            findings += Self.findings(samples, commands: commands, name: "\(Self.name)-\(connections)")
        }
        return findings
    }

    private struct Pace {
        let connections: Int
        /// The number of the first vote.
        let first: Int
    }

    private static func findings(
        _ samples: [[Interleaved.Sample]], commands: Double, name: String
    ) -> [Finding] {
        let (ours, theirs, hello) = (samples[0], samples[1], samples[2].map(\.own))
        let unit = "µs of CPU a vote"
        return [
            Finding(
                name: name, unit: unit, ours: ours.map(\.own), peer: "Node's http and node-redis",
                theirs: theirs.map(\.own), limit: 0.25),
            Finding(
                name: "\(name)-redis", unit: "\(unit), redis-server", ours: ours.map(\.store), peer: "Node's share",
                theirs: theirs.map(\.store)),
            Finding(
                name: "\(name)-total", unit: "\(unit), service and redis-server", ours: ours.map(\.both),
                peer: "libmicrohttpd in C, one hello", theirs: hello, limit: limitByHello),
            Finding(
                name: "\(name)-commands", figure: commands, unit: "Redis commands sent a vote", spread: 0, limit: 3),
        ]
    }

    private static func node(
        _ stores: Stores, _ electorate: Electorate, in workshop: Workshop
    ) throws -> (process: ChildProcess, port: Int) {
        let port = try workshop.freePort()
        let key = try workshop.write(electorate.publicKey, to: "key.der")
        let process = try workshop.start(
            "node",
            [
                "\(workshop.peers)/vote.js", "\(port)", "\(stores.redisPort)", key, workshop.script("cast"),
                ServiceUnderTest.evidenceSecret,
            ], environment: ["NODE_PATH": "/usr/share/nodejs:/usr/lib/nodejs"], waitingFor: "listening")
        return (process, port)
    }

    // MARK: Votes

    /// - Parameter share: which third of the voters votes.
    private static func load(
        _ port: Int, share: Int, of electorate: Electorate, _ pace: Pace
    ) throws -> HTTPLoad {
        let voters = electorate.voters[share * votersPerContender..<(share + 1) * votersPerContender]
        return try HTTPLoad(
            port: port, connections: pace.connections, rate: rate, first: pace.first,
            request: { number in
                guard number < voters.count * electorate.posts.count else {
                    throw BenchmarkFailure("everybody has voted for everything")
                }
                let voter = number % voters.count
                return request(
                    electorate.voters[voters.startIndex + voter], number: share * votersPerContender + voter,
                    electorate.posts[number / voters.count])
            }, check: requireCounted)
    }

    private static func request(_ voter: Electorate.Voter, number: Int, _ post: PostID) -> [UInt8] {
        Array(
            """
            PUT /v1/posts/\(post.hex)/vote HTTP/1.1\r\nHost: 127.0.0.1\r\n\
            X-Forwarded-For: 198.51.\(number / 250).\(number % 250)\r\n\
            Authorization: Bearer \(voter.token)\r\nContent-Length: 0\r\n\r\n
            """.utf8)
    }

    private static func requireCounted(_ answer: HTTPLoad.Answer) throws {
        let body = String(decoding: answer.body, as: UTF8.self)
        guard body.contains("\"counted\":true") else {
            throw BenchmarkFailure("a vote was not counted: \(String(decoding: answer.head, as: UTF8.self))\(body)")
        }
    }

    /// One more voter votes for everything, so that the card of each post is there; what is answered shows the bytes.
    private static func readCards(_ port: Int, _ electorate: Electorate) throws -> HTTPLoad.Answer {
        let number = 3 * votersPerContender
        let socket = try Socket(port: port)
        var last: HTTPLoad.Answer = ([], [])
        for post in electorate.posts {
            try socket.send(request(electorate.voters[number], number: number, post))
            last = try socket.answer()
            try requireCounted(last)
        }
        return last
    }

    /// What the service sends, as Redis sees it; commands inside of scripts and the feed of revocations are not votes'.
    private static func commandsPerVote(
        _ port: Int, _ stores: Stores, _ electorate: Electorate, _ pace: Pace, in workshop: Workshop
    ) throws -> Double {
        let load = try load(port, share: 2, of: electorate, pace)
        for _ in 0..<20 { try load.turn() }
        let monitor = try workshop.start(
            "redis-cli", ["-p", "\(stores.redisPort)", "monitor"], waitingFor: "OK")
        defer { monitor.stop() }
        let turns = 10
        for _ in 0..<turns { try load.turn() }
        usleep(200_000)
        let commands = monitor.output.split(separator: "\n").filter { line in
            line.contains("[0 127.0.0.1:") && !line.contains("\"XREAD\"")
        }
        return Double(commands.count) / Double(turns * pace.connections)
    }
}
