import Domain
import Events
import MongoClient
import RedisClient
import Runtime
import Telemetry

/// `voting rebuild`: drops what Redis holds of votes and puts it together anew. Votes are answered with 503 meanwhile.
struct RebuildEverything: Sendable {
    /// Votes taken but not persisted would be lost: the persist workers have to catch up first.
    struct StillPersisting: Error, CustomStringConvertible {
        let backlog: Int64
        var description: String { "\(backlog) votes are not persisted yet: run worker:persist, then rebuild again" }
    }

    private let parts: VotingParts
    private let log = Logger(label: "voting.rebuild")

    init(_ parts: VotingParts) { self.parts = parts }

    func run(patience: Duration = .seconds(60)) async throws {
        let locks = try await takeLocks()
        do {
            try await parts.redis.pipeline(Partition.all.map { ["DEL", .key(.voteEpoch($0))] }).throwErrors()
            try await waitForPersisting(patience)
            try await dropAll()
        } catch {
            // The persist workers put together what is missing.
            try await release(locks)
            throw error
        }
        try await release(locks)
        // A persist worker may be at it too: whoever comes first.
        while true {
            let missing = try await parts.rebuild.missing()
            if missing.isEmpty { return }
            for partition in missing { try await parts.rebuild(partition) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func dropAll() async throws {
        for pattern in [
            "{board:*", "{p*}:votes:post:*", "{u*}:votes:pairs:*", "{u*}:votes:blocks",
            // Of the layouts before.
            "{u*}:votes:epoch", "{u*}:votes:epoch2", "{u*}:votes:epoch3", "{u*}:votes:blocks:*", "{u*}:votes:used:*",
            "{u*}:votes:pace:*",
        ] {
            let dropped = try await drop(pattern)
            log.info("dropped", ["keys": pattern, "count": "\(dropped)"])
        }
    }

    private func release(_ locks: [RedisKey]) async throws {
        try await parts.redis.pipeline(locks.map { ["DEL", .key($0)] }).throwErrors()
    }

    /// Keeps the persist workers from rebuilding before the old state is gone.
    private func takeLocks() async throws -> [RedisKey] {
        let locks = Partition.all.map { RedisKey.voteRebuild($0) }
        try await parts.redis.pipeline(locks.map { ["SET", .key($0), "1", "PX", 120_000] }).throwErrors()
        return locks
    }

    private func waitForPersisting(_ patience: Duration) async throws {
        let clock = ContinuousClock()
        let end = clock.now + patience
        while true {
            var backlog: Int64 = 0
            for stream in Topic.votes.streams { backlog += try await waiting(stream) }
            if backlog == 0 { return }
            guard clock.now < end else { throw StillPersisting(backlog: backlog) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Entries of a stream that are not acknowledged; none where there is no stream.
    private func waiting(_ stream: RedisKey) async throws -> Int64 {
        guard try await parts.redis.exists(stream) else { return 0 }
        let groups = try await parts.redis.send(["XINFO", "GROUPS", .key(stream)]).requireArray()
        for group in groups {
            let fields = group.array ?? []
            func value(_ name: String) -> RedisReply? {
                fields.firstIndex { $0.text == name }.map { fields[$0 + 1] }
            }
            guard value("name")?.text == PersistVotes.group else { continue }
            // Not the group's own lag: a Redis that was killed comes back with one that is too large for ever.
            let last = value("last-delivered-id")?.text ?? "0-0"
            let ahead = try await parts.redis.send(["XRANGE", .key(stream), .text("(\(last)"), "+", "COUNT", 1_000])
            return (value("pending")?.integer ?? 0) + Int64(try ahead.requireArray().count)
        }
        return Int64(try await parts.redis.xlen(stream))
    }

    private func drop(_ pattern: String) async throws -> Int {
        // KEYS on every master: this command is run by hand, while votes are closed.
        var count = 0
        for reply in try await parts.redis.sendEverywhere(["KEYS", .text(pattern)]) {
            let keys = reply.array?.compactMap(\.text) ?? []
            try await parts.redis.pipeline(keys.map { ["UNLINK", .text($0)] }).throwErrors()
            count += keys.count
        }
        return count
    }
}

extension [RedisReply] {
    fileprivate func throwErrors() throws {
        for reply in self { if case .error(let error) = reply { throw RedisError.server(error) } }
    }
}
