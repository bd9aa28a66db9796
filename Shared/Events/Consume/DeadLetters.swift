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

        init(_ entry: RedisStreamEntry, tag: String) {
            id = entry.id
            self.tag = tag
            reason = entry.text("reason") ?? ""
            attempts = entry.text("attempts").flatMap(Int.init) ?? 0
            source = entry.text("source") ?? ""
            sourceID = entry.text("source-id") ?? ""
            // The four above come first; the rest is the entry as it was.
            self.entry = RedisStreamEntry(id: entry.id, fields: Array(entry.fields.dropFirst(4)))
        }

        /// What people call it by: `u03/1795250000000-0`, since ids are unique in a partition only.
        package var name: String { Self.prefix(ofTag: tag) + "\(id)" }

        static func prefix(ofTag tag: String) -> String { tag.filter { $0 != "{" && $0 != "}" } + "/" }
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
            letters += entries.map { Letter($0, tag: tag) }
        }
        return letters
    }

    /// One letter, by what `Letter.name` says; nil when it is not there.
    package func letter(named name: String) async throws(RedisError) -> Letter? {
        guard let tag = tags.first(where: { name.hasPrefix(Letter.prefix(ofTag: $0)) }),
            let id = RedisStreamID(String(name.dropFirst(Letter.prefix(ofTag: tag).count)))
        else { return nil }
        let reply = try await redis.send([
            "XRANGE", .key(.deadLetters(group, tag: tag)), .text("\(id)"), .text("\(id)"),
        ])
        return try reply.requireStreamEntries().first.map { Letter($0, tag: tag) }
    }

    /// The groups that read anything: those that may have letters.
    package static func groups(in redis: RedisClient) async throws(RedisError) -> [String] {
        let streams = Topic.all.flatMap(\.streams)
        var groups: Set<String> = []
        for reply in try await redis.pipeline(streams.map { ["XINFO", "GROUPS", .key($0)] }) {
            // A stream that is not there yet answers with an error, and has no groups.
            for group in reply.array ?? [] {
                let fields = group.array ?? []
                if fields.count > 1, let name = fields[1].text { groups.insert(name) }
            }
        }
        return groups.sorted()
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
