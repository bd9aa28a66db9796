import Domain
package import RedisClient

/// What a group has failed at, for people: read it, mend the cause, hand it out again.
package struct DeadLetters: Sendable {
    /// One entry, and why it was given up.
    package struct Letter: Sendable, Equatable {
        package let id: RedisStreamID
        package let tag: String
        package let reason: String
        package let attempts: Int
        package let source: String
        package let sourceID: String
        package let entry: RedisStreamEntry
    }

    package let group: String
    private let redis: RedisClient
    private static let script = RedisScript(PackageResources.replay_lua)

    package init(group: String, redis: RedisClient) {
        self.group = group
        self.redis = redis
    }

    private var tags: [String] { Partition.all.map(\.tag) }

    package func count() async throws(RedisError) -> Int {
        var count = 0
        for tag in tags { count += try await redis.xlen(.deadLetters(group, tag: tag)) }
        return count
    }

    /// The oldest of each partition.
    package func list(limit: Int = 100) async throws(RedisError) -> [Letter] {
        var letters: [Letter] = []
        for tag in tags where letters.count < limit {
            let entries = try await redis.xrange(.deadLetters(group, tag: tag), count: limit - letters.count)
            letters += entries.map { entry in
                Letter(
                    id: entry.id, tag: tag, reason: entry.text("reason") ?? "",
                    attempts: entry.text("attempts").flatMap(Int.init) ?? 0, source: entry.text("source") ?? "",
                    sourceID: entry.text("source-id") ?? "",
                    entry: RedisStreamEntry(id: entry.id, fields: Array(entry.fields.dropFirst(4))))
            }
        }
        return letters
    }

    /// Hands letters to the group again, which starts counting attempts anew; others do not see them.
    ///
    /// - Returns: how many were there.
    @discardableResult
    package func replay(_ letters: [Letter]) async throws(RedisError) -> Int {
        var replayed = 0
        for letter in letters {
            let keys: [RedisKey] = [.deadLetters(group, tag: letter.tag), .retries(group, tag: letter.tag)]
            let reply = try await redis.run(Self.script, keys: keys, arguments: [.text("\(letter.id)")])
            replayed += Int(try reply.requireInteger())
        }
        return replayed
    }
}
