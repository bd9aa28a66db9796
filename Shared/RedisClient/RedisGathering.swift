import Runtime

/// One script's calls, shared by callers who wait at the same time.
///
/// While calls are under way, what comes waits for their answers; then all of one group goes in one call. A server that
/// works on one thing at a time would not have begun it sooner, and a call for several costs it less than one for each.
/// What comes while nothing is under way leaves at the end of the tick.
package final class RedisGathering<Item: Sendable>: Sendable {
    private let script: RedisScript
    private let redis: RedisClient
    private let command: @Sendable ([Item]) -> RedisCommand
    private let gatherers = Locked<[ObjectIdentifier: Gatherer<Item>]>([:])

    /// - Parameter command: the script's call for items of one group; it answers with an array, one element for each.
    package init(
        _ script: RedisScript, on redis: RedisClient, _ command: @escaping @Sendable ([Item]) -> RedisCommand
    ) {
        self.script = script
        self.redis = redis
        self.command = command
    }

    /// - Parameter group: what may share a call; as many as wait are told apart by it.
    /// - Returns: the item's element of the answer.
    /// - Throws: what the call throws, to all who share it.
    package func run(_ item: Item, in group: Int) async throws(RedisError) -> RedisReply {
        // Elsewhere than on a loop nobody else is there to share with.
        guard let loop = EventLoop.current else { return try await call([item], deadline: nil)[0] }
        let gatherer = gatherer(of: loop)
        return try await withUnsafeContinuation { continuation in
            gatherer.add(
                .init(item: item, group: group, since: EventLoop.monotonicNanoseconds()) {
                    continuation.resume(returning: $0)
                })
        }.get()
    }

    /// The same without a task of the caller's. Call on a loop.
    ///
    /// - Parameter answer: called once, on the loop, after this call.
    package func begin(
        _ item: Item, in group: Int, _ answer: @escaping (Result<RedisReply, RedisError>) -> Void
    ) {
        guard let loop = EventLoop.current else { preconditionFailure("begun off the loops") }
        gatherer(of: loop).add(.init(item: item, group: group, since: EventLoop.monotonicNanoseconds(), answer))
    }

    private func gatherer(of loop: EventLoop) -> Gatherer<Item> {
        gatherers.withLock { gatherers in
            if let known = gatherers[ObjectIdentifier(loop)] { return known }
            let allowed = redis.options.deadline.clampedNanoseconds
            let gatherer = Gatherer<Item>(loop: loop) { items, since in
                let waited = EventLoop.monotonicNanoseconds() - since
                let left = Duration.nanoseconds(Int64(allowed > waited ? allowed - waited : 0) + 1_000_000)
                do throws(RedisError) {
                    return .success(try await self.call(items, deadline: left))
                } catch {
                    return .failure(error)
                }
            }
            gatherers[ObjectIdentifier(loop)] = gatherer
            return gatherer
        }
    }

    private func call(_ items: [Item], deadline: Duration?) async throws(RedisError) -> [RedisReply] {
        let reply = try await redis.run(script, command(items), deadline: deadline)
        guard let answers = reply.array, answers.count == items.count else { throw .unexpectedReply(reply) }
        return answers
    }
}

/// What waits on one loop.
private final class Gatherer<Item: Sendable>: @unchecked Sendable {  // loop: `loop`
    typealias Answers = Result<[RedisReply], RedisError>

    struct Waiting: @unchecked Sendable {  // loop: the gatherer's
        let item: Item
        let group: Int
        let since: UInt64
        let answer: (RedisResult) -> Void

        init(item: Item, group: Int, since: UInt64, _ answer: @escaping (RedisResult) -> Void) {
            self.item = item
            self.group = group
            self.since = since
            self.answer = answer
        }
    }

    /// So many leave though others are under way: then client and server work side by side.
    private static var full: Int { 64 }
    /// A script keeps everybody else waiting.
    private static var mostOfACall: Int { 16 }

    private let loop: EventLoop
    private let call: @Sendable ([Item], UInt64) async -> Answers
    private var waiting: [Waiting] = []
    private var underWay = 0
    /// While something waits.
    private var hook: HookToken?

    init(loop: EventLoop, call: @escaping @Sendable ([Item], UInt64) async -> Answers) {
        self.loop = loop
        self.call = call
    }

    func add(_ item: Waiting) {
        loop.assertInLoop()
        waiting.append(item)
        if hook == nil { hook = loop.onTickEnd(priority: .gathering) { [self] in leave() } }
    }

    private func leave() {
        guard underWay == 0 || waiting.count >= Self.full else { return }
        hook?.cancel()
        hook = nil
        var groups: [Int: [Waiting]] = [:]
        for item in waiting {
            groups[item.group, default: []].append(item)
            if groups[item.group]?.count == Self.mostOfACall, let whole = groups.removeValue(forKey: item.group) {
                start(whole)
            }
        }
        waiting.removeAll(keepingCapacity: true)
        for group in groups.values { start(group) }
    }

    /// At once, up to where the command is with the connection, which sends it at the end of this very tick.
    private func start(_ group: [Waiting]) {
        underWay += group.count
        loop.spawnImmediately { [self] in
            let answers = await call(group.map(\.item), group[0].since)
            underWay -= group.count
            switch answers {
            case .success(let answers):
                for (item, answer) in zip(group, answers) { item.answer(.success(answer)) }
            case .failure(let error):
                for item in group { item.answer(.failure(error)) }
            }
        }
    }
}
