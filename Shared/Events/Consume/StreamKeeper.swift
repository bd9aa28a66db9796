import Domain
import RedisClient
import Runtime
import Telemetry

/// Measures a group's backlog, and trims its topics' streams behind what critical groups still need.
struct StreamKeeper: Sendable {
    let consumer: StreamConsumer
    private let measureEvery = Duration.seconds(5)
    private let trimEvery = 6

    init(consumer: StreamConsumer) { self.consumer = consumer }

    func run() async {
        var turn = 0
        while !Stopping.isAsked {
            do {
                try await measure()
                if turn % trimEvery == 0 { try await trim() }
            } catch {
                consumer.log.debug("keeping streams failed", ["error": "\(error)"])
            }
            turn += 1
            await Stopping.pause(measureEvery)
        }
    }

    /// Backlog = entries not yet handed out + entries not yet acknowledged.
    func measure() async throws(RedisError) {
        let streams = consumer.streams
        let replies = try await redis.pipeline(streams.map { ["XINFO", "GROUPS", .key($0)] })
        var backlog = 0
        var oldest: UInt64?
        for (stream, reply) in zip(streams, replies) {
            guard let state = try await states(of: stream, reply)[consumer.group] else { continue }
            if let lag = state.lag {
                backlog += lag == 0 ? 0 : min(lag, try await undelivered(stream, after: state.last))
            } else {
                backlog += try await redis.xlen(stream)  // unknown after an XDEL: at most this many
            }
            backlog += state.pending
            if let first = state.needs, state.pending > 0 { oldest = min(oldest ?? .max, first.milliseconds) }
        }
        EventMetrics.backlog.with(consumer.group).set(backlog)
        let now = UInt64(WallClock.milliseconds())
        let age = oldest.map { now > $0 ? Double(now - $0) / 1000 : 0 } ?? 0
        EventMetrics.oldest.with(consumer.group).set(age)
    }

    /// Entries after the last one handed out, counted up to a limit beyond which Redis' own figure has to do.
    ///
    /// A Redis that was killed comes back with groups that seem to have read less than they have: its append-only file
    /// does not tell. Where nothing is waiting, this says so.
    private func undelivered(_ stream: RedisKey, after last: RedisStreamID) async throws(RedisError) -> Int {
        let limit = 100
        let found = try await redis.send([
            "XRANGE", .key(stream), .text("(\(last)"), "+", "COUNT", RedisArgument(limit),
        ])
        let count = try found.requireArray().count
        return count < limit ? count : .max
    }

    /// Never by length, and never past the oldest entry that a critical group has not acknowledged.
    func trim() async throws(RedisError) {
        for topic in consumer.topics {
            let horizon = WallClock.milliseconds() - topic.retention.milliseconds
            for stream in topic.streams { try await trim(stream, notAfter: UInt64(max(0, horizon))) }
        }
        for stream in consumer.streams.dropFirst(consumer.topics.reduce(0) { $0 + $1.partitions }) {
            try await trim(stream, notAfter: UInt64(WallClock.milliseconds()))
        }
    }

    private func trim(_ stream: RedisKey, notAfter horizon: UInt64) async throws(RedisError) {
        let critical = try await redis.smembers(.criticalGroups(of: stream))
        let states = try await groups(of: stream)
        var floor = RedisStreamID(milliseconds: horizon, sequence: 0)
        for group in critical {
            guard let needs = states[group]?.needs else { return }  // not there, or nothing read yet: keep all
            floor = min(floor, needs)
        }
        try await redis.send(["XTRIM", .key(stream), "MINID", "~", .text("\(floor)")])
    }

    private struct GroupState {
        var pending: Int
        var lag: Int?
        /// The last entry handed out.
        var last: RedisStreamID
        /// The oldest entry the group has not acknowledged; past the last one handed out when there is none.
        var needs: RedisStreamID?
    }

    private func groups(of stream: RedisKey) async throws(RedisError) -> [String: GroupState] {
        try await states(of: stream, try await redis.pipeline([["XINFO", "GROUPS", .key(stream)]])[0])
    }

    /// Reads `XINFO GROUPS`; a stream that is not there has no groups.
    private func states(of stream: RedisKey, _ reply: RedisReply) async throws(RedisError) -> [String: GroupState] {
        if case .error(let error) = reply {
            if error.message.contains("no such key") { return [:] }
            throw .server(error)
        }
        var states: [String: GroupState] = [:]
        for group in try reply.requireArray() {
            let fields = group.fields
            guard let name = fields["name"]?.text, let pending = fields["pending"]?.integer,
                let last = fields["last-delivered-id"]?.text.flatMap(RedisStreamID.init)
            else { throw .unexpectedReply(group) }
            var needs: RedisStreamID? = last
            if pending > 0 {
                let summary = try await redis.send(["XPENDING", .key(stream), .text(name)]).array
                needs = summary?.dropFirst().first?.text.flatMap(RedisStreamID.init)
            }
            states[name] = GroupState(
                pending: Int(pending), lag: fields["lag"]?.integer.map { Int($0) }, last: last, needs: needs)
        }
        return states
    }

    private var redis: RedisClient { consumer.redis }
}

extension RedisReply {
    /// `name, value, name, value…` as a dictionary.
    fileprivate var fields: [String: RedisReply] {
        let flat = array ?? []
        var fields: [String: RedisReply] = [:]
        for index in stride(from: 0, to: flat.count - 1, by: 2) { fields[flat[index].text ?? ""] = flat[index + 1] }
        return fields
    }
}
