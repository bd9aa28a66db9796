// The plain commands, typed. What is rare is sent as a `RedisCommand`.
extension RedisClient {
    // MARK: Strings

    package func get(_ key: RedisKey) async throws(RedisError) -> [UInt8]? {
        try await send(["GET", .key(key)]).bytes
    }

    package func getText(_ key: RedisKey) async throws(RedisError) -> String? {
        try await send(["GET", .key(key)]).text
    }

    /// - Parameters:
    ///   - expiry: the value is gone after this; nil for never.
    ///   - onlyIfAbsent: leave what is there.
    /// - Returns: whether the value was set.
    @discardableResult
    package func set(
        _ key: RedisKey, _ value: RedisArgument, expiry: Duration? = nil, onlyIfAbsent: Bool = false
    ) async throws(RedisError) -> Bool {
        var arguments: [RedisArgument] = ["SET", .key(key), value]
        if let expiry { arguments += ["PX", RedisArgument(expiry.milliseconds)] }
        if onlyIfAbsent { arguments.append("NX") }
        return try await !send(arguments).isNull
    }

    /// - Returns: how many of the keys were there.
    @discardableResult
    package func del(_ keys: RedisKey...) async throws(RedisError) -> Int {
        var count = 0
        for group in groups(of: keys) {
            count += Int(try await send(["DEL"] + group.map { .key($0) }).requireInteger())
        }
        return count
    }

    package func exists(_ key: RedisKey) async throws(RedisError) -> Bool {
        try await send(["EXISTS", .key(key)]).requireInteger() == 1
    }

    package func mget(_ keys: [RedisKey]) async throws(RedisError) -> [[UInt8]?] {
        guard !keys.isEmpty else { return [] }
        if url.isCluster { return try await pipeline(keys.map { ["GET", .key($0)] }).map(\.bytes) }
        return try await send(["MGET"] + keys.map { .key($0) }).requireArray().map(\.bytes)
    }

    @discardableResult
    package func incr(_ key: RedisKey, by amount: Int64 = 1) async throws(RedisError) -> Int64 {
        try await send(["INCRBY", .key(key), .integer(amount)]).requireInteger()
    }

    /// - Returns: whether the key was there.
    @discardableResult
    package func expire(_ key: RedisKey, after time: Duration) async throws(RedisError) -> Bool {
        try await send(["PEXPIRE", .key(key), RedisArgument(time.milliseconds)]).requireInteger() == 1
    }

    // MARK: Hashes

    package func hget(_ key: RedisKey, _ field: String) async throws(RedisError) -> [UInt8]? {
        try await send(["HGET", .key(key), .text(field)]).bytes
    }

    package func hset(_ key: RedisKey, _ fields: [(String, RedisArgument)]) async throws(RedisError) {
        guard !fields.isEmpty else { return }
        try await send(["HSET", .key(key)] + fields.flatMap { [.text($0.0), $0.1] })
    }

    package func hdel(_ key: RedisKey, _ fields: [String]) async throws(RedisError) {
        guard !fields.isEmpty else { return }
        try await send(["HDEL", .key(key)] + fields.map { .text($0) })
    }

    package func hgetall(_ key: RedisKey) async throws(RedisError) -> [String: [UInt8]] {
        let flat = try await send(["HGETALL", .key(key)]).requireArray()
        var fields: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: flat.count - 1, by: 2) {
            if let name = flat[index].text { fields[name] = flat[index + 1].bytes ?? [] }
        }
        return fields
    }

    // MARK: Sets

    @discardableResult
    package func sadd(_ key: RedisKey, _ members: [RedisArgument]) async throws(RedisError) -> Int {
        guard !members.isEmpty else { return 0 }
        return Int(try await send(["SADD", .key(key)] + members).requireInteger())
    }

    @discardableResult
    package func srem(_ key: RedisKey, _ members: [RedisArgument]) async throws(RedisError) -> Int {
        guard !members.isEmpty else { return 0 }
        return Int(try await send(["SREM", .key(key)] + members).requireInteger())
    }

    package func smembers(_ key: RedisKey) async throws(RedisError) -> [String] {
        try await send(["SMEMBERS", .key(key)]).requireArray().compactMap(\.text)
    }

    package func sismember(_ key: RedisKey, _ member: RedisArgument) async throws(RedisError) -> Bool {
        try await send(["SISMEMBER", .key(key), member]).requireInteger() == 1
    }

    // MARK: Sorted sets

    package func zadd(_ key: RedisKey, _ members: [(member: String, score: Double)]) async throws(RedisError) {
        guard !members.isEmpty else { return }
        try await send(["ZADD", .key(key)] + members.flatMap { [RedisArgument($0.score), .text($0.member)] })
    }

    package func zrem(_ key: RedisKey, _ members: [String]) async throws(RedisError) {
        guard !members.isEmpty else { return }
        try await send(["ZREM", .key(key)] + members.map { .text($0) })
    }

    /// Members from the highest score down, `start` and `stop` inclusive, counted from 0.
    package func zrevrange(
        _ key: RedisKey, _ start: Int, _ stop: Int
    ) async throws(RedisError) -> [(member: String, score: Double)] {
        let reply = try await send(
            ["ZREVRANGE", .key(key), RedisArgument(start), RedisArgument(stop), "WITHSCORES"])
        return try reply.requireScoredMembers()
    }

    package func zrangeByScore(
        _ key: RedisKey, _ from: String, _ to: String, limit: Int
    ) async throws(RedisError) -> [(member: String, score: Double)] {
        let reply = try await send(
            ["ZRANGEBYSCORE", .key(key), .text(from), .text(to), "WITHSCORES", "LIMIT", 0, RedisArgument(limit)])
        return try reply.requireScoredMembers()
    }

    package func zscore(_ key: RedisKey, _ member: String) async throws(RedisError) -> Double? {
        try await send(["ZSCORE", .key(key), .text(member)]).double
    }

    /// How many have a higher score (or the same and a later name); nil for somebody who is not in the set.
    package func zrevrank(_ key: RedisKey, _ member: String) async throws(RedisError) -> Int? {
        try await send(["ZREVRANK", .key(key), .text(member)]).integer.map { Int($0) }
    }

    package func zcard(_ key: RedisKey) async throws(RedisError) -> Int {
        Int(try await send(["ZCARD", .key(key)]).requireInteger())
    }

    // MARK: Publish

    /// - Returns: how many connections of that node heard it.
    @discardableResult
    package func publish(_ channel: String, _ payload: RedisArgument) async throws(RedisError) -> Int {
        Int(try await send(["PUBLISH", .text(channel), payload]).requireInteger())
    }

    package func ping() async throws(RedisError) { try await send(["PING"]) }
}

extension RedisReply {
    /// `member, score, member, score…`
    package func requireScoredMembers() throws(RedisError) -> [(member: String, score: Double)] {
        let flat = try requireArray()
        var members: [(member: String, score: Double)] = []
        members.reserveCapacity(flat.count / 2)
        for index in stride(from: 0, to: flat.count - 1, by: 2) {
            guard let member = flat[index].text, let score = flat[index + 1].double else {
                throw .unexpectedReply(self)
            }
            members.append((member, score))
        }
        return members
    }
}

extension Duration {
    /// Whole milliseconds, at least 1.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
