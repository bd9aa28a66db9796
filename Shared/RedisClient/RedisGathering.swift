import Runtime

/// One script's calls, shared by callers who wait at the same time.
///
/// Groups go by two lanes, the even and the odd. While calls of a lane are under way, what comes for it waits for their
/// answers; then all of one group goes in one call, which costs the server less than one for each. The other lane's calls
/// lie ready with the server meanwhile, so that it works while this side reads answers and asks again: with one lane for
/// all they would take turns, and with calls that leave as they come hardly any would be shared.
package final class RedisGathering<Item: Sendable, Answer: Sendable>: Sendable {
    private let script: RedisScript
    private let redis: RedisClient
    private let command: @Sendable ([Item]) -> RedisCommand
    private let read: @Sendable (RedisReply, Int) throws(RedisError) -> [Answer]
    private let gatherers = Locked<[ObjectIdentifier: Gatherer<Item, Answer>]>([:])

    /// - Parameters:
    ///   - command: the script's call for items of one group.
    ///   - read: its reply to so many items, one answer for each.
    package init(
        _ script: RedisScript, on redis: RedisClient, _ command: @escaping @Sendable ([Item]) -> RedisCommand,
        _ read: @escaping @Sendable (RedisReply, Int) throws(RedisError) -> [Answer]
    ) {
        self.script = script
        self.redis = redis
        self.command = command
        self.read = read
    }

    /// - Parameter group: what may share a call; as many as wait are told apart by it.
    /// - Returns: the item's part of the answer.
    /// - Throws: what the call throws, to all who share it.
    package func run(_ item: Item, in group: Int) async throws(RedisError) -> Answer {
        // Elsewhere than on a loop nobody else is there to share with.
        guard let loop = EventLoop.current else {
            return try answers(to: 1, .success(try await redis.run(script, command([item])))).get()[0]
        }
        let gatherer = gatherer(of: loop)
        return try await withUnsafeContinuation { continuation in
            gatherer.add(item, to: group) { continuation.resume(returning: $0) }
        }.get()
    }

    /// The same without a task of the caller's. Call on a loop.
    ///
    /// - Parameter answer: called once, on the loop, after this call.
    package func begin(_ item: Item, in group: Int, _ answer: @escaping (Result<Answer, RedisError>) -> Void) {
        guard let loop = EventLoop.current else { preconditionFailure("begun off the loops") }
        gatherer(of: loop).add(item, to: group, answer)
    }

    private func gatherer(of loop: EventLoop) -> Gatherer<Item, Answer> {
        gatherers.withLock { gatherers in
            if let known = gatherers[ObjectIdentifier(loop)] { return known }
            let gatherer = Gatherer<Item, Answer>(loop: loop) { [self] calls, then in
                send(calls, on: loop, then)
            }
            gatherers[ObjectIdentifier(loop)] = gatherer
            return gatherer
        }
    }

    // MARK: Calls

    /// Sends calls that leave together, without a task where that can be.
    private func send(
        _ calls: [Gatherer<Item, Answer>.Call], on loop: EventLoop, _ then: @escaping Gatherer<Item, Answer>.Then
    ) {
        let direct = redis.callsHere()
        for call in calls {
            let count = call.items.count
            let left = remaining(call.since)
            let command = command(call.items)
            guard let direct else {
                loop.spawnImmediately { [self] in
                    do throws(RedisError) {
                        let reply = try await redis.run(script, command, deadline: .nanoseconds(Int64(left)))
                        then(call, answers(to: count, .success(reply)))
                    } catch {
                        then(call, .failure(error))
                    }
                }
                continue
            }
            direct.run(script, command, within: left) { [self] reply in then(call, answers(to: count, reply)) }
        }
        direct?.hurry()
    }

    /// What is left of the usual deadline, in nanoseconds.
    private func remaining(_ since: UInt64) -> UInt64 {
        let waited = EventLoop.monotonicNanoseconds() - since
        return (redis.usualDeadline > waited ? redis.usualDeadline - waited : 0) + 1_000_000
    }

    private func answers(to count: Int, _ reply: Result<RedisReply, RedisError>) -> Result<[Answer], RedisError> {
        do throws(RedisError) {
            let reply = try reply.get()
            let answers = try read(reply, count)
            guard answers.count == count else { throw .unexpectedReply(reply) }
            return .success(answers)
        } catch {
            return .failure(error)
        }
    }
}

/// What waits on one loop.
///
/// Generic code is not specialised across modules, and each of its types is looked up anew where it is used: so items and
/// answers lie side by side, without a type that pairs them, and are gone through by index.
private final class Gatherer<Item: Sendable, Answer: Sendable>: @unchecked Sendable {  // loop: `loop`
    typealias Take = (Result<Answer, RedisError>) -> Void

    /// Items of one group that share a call.
    struct Call: @unchecked Sendable {  // loop: the gatherer's
        /// When the first of them came.
        let since: UInt64
        var items: [Item]
        /// Of the items, in their order.
        var takers: [Take]
    }

    typealias Then = @Sendable (Call, Result<[Answer], RedisError>) -> Void

    private struct Lane {
        var calls: [Call] = []
        /// Of the calls, in their order.
        var groups: [Int] = []
        var waiting = 0
        var underWay = 0

        mutating func add(_ item: Item, to group: Int, _ take: @escaping Take) {
            waiting += 1
            // The last of a group's calls is the one with room; there are as few as there are groups.
            if let place = groups.lastIndex(of: group), calls[place].items.count < Gatherer.mostOfACall {
                calls[place].items.append(item)
                calls[place].takers.append(take)
            } else {
                calls.append(Call(since: EventLoop.monotonicNanoseconds(), items: [item], takers: [take]))
                groups.append(group)
            }
        }

        /// Hands over what waits.
        mutating func leave() -> [Call] {
            defer { (calls, groups, waiting) = ([], [], 0) }
            underWay += waiting
            return calls
        }
    }

    /// So many leave though others are under way.
    private static var full: Int { 64 }
    /// A script keeps everybody else waiting.
    private static var mostOfACall: Int { 16 }

    private let loop: EventLoop
    private let send: ([Call], @escaping Then) -> Void
    private var lanes = [Lane(), Lane()]
    /// While something waits.
    private var hook: HookToken?

    init(loop: EventLoop, send: @escaping ([Call], @escaping Then) -> Void) {
        self.loop = loop
        self.send = send
    }

    func add(_ item: Item, to group: Int, _ take: @escaping Take) {
        loop.assertInLoop()
        lanes[group & 1].add(item, to: group, take)
        if hook == nil { hook = loop.onTickEnd(priority: .gathering) { [self] in leave() } }
    }

    private func leave() {
        for lane in lanes.indices {
            guard lanes[lane].waiting > 0, lanes[lane].underWay == 0 || lanes[lane].waiting >= Self.full else {
                continue
            }
            // At once, up to where they are with the connection, which sends them at the end of this very tick.
            send(lanes[lane].leave()) { [self] call, answers in answered(call, lane, answers) }
        }
        guard lanes.allSatisfy({ $0.waiting == 0 }) else { return }
        hook?.cancel()
        hook = nil
    }

    private func answered(_ call: Call, _ lane: Int, _ answers: Result<[Answer], RedisError>) {
        lanes[lane].underWay -= call.items.count
        switch answers {
        case .success(let answers):
            for place in call.takers.indices { call.takers[place](.success(answers[place])) }
        case .failure(let error):
            for take in call.takers { take(.failure(error)) }
        }
    }
}
