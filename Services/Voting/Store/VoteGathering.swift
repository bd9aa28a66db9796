import RedisClient
import Runtime

/// The vote script's calls, shared by those who vote at the same time.
///
/// Groups go by two lanes, the even and the odd. While calls of a lane are under way, what comes for it waits for their
/// answers; then all of one group goes in one call, which costs the server less than one for each. The other lane's calls
/// lie ready with the server meanwhile, so that it works while this side reads answers and asks again: with one lane for
/// all they would take turns, and with calls that leave as they come hardly any would be shared.
///
/// Not generic, and here instead of with the client: the compiler specialises generic code within a module only, and
/// looking up its types took a vote 5,000 instructions.
final class VoteGathering: Sendable {
    private let script: RedisScript
    private let redis: RedisClient
    private let command: @Sendable ([Ballot]) -> RedisCommand
    private let read: @Sendable (RedisReply, Int) throws(RedisError) -> [RedisBallots.Cast]
    private let queues = Locked<[ObjectIdentifier: VoteQueue]>([:])

    /// - Parameters:
    ///   - command: the script's call for ballots of one group.
    ///   - read: its reply to so many of them, a cast for each.
    init(
        _ script: RedisScript, on redis: RedisClient, _ command: @escaping @Sendable ([Ballot]) -> RedisCommand,
        _ read: @escaping @Sendable (RedisReply, Int) throws(RedisError) -> [RedisBallots.Cast]
    ) {
        self.script = script
        self.redis = redis
        self.command = command
        self.read = read
    }

    /// - Returns: the ballot's part of the answer.
    /// - Throws: what the call throws, to all who share it.
    func run(_ ballot: Ballot) async throws(RedisError) -> RedisBallots.Cast {
        // Elsewhere than on a loop nobody else is there to share with.
        guard let loop = EventLoop.current else {
            return try casts(1, .success(try await redis.run(script, command([ballot])))).get()[0]
        }
        let queue = queue(of: loop)
        return try await withCheckedContinuation { continuation in
            queue.add(ballot) { continuation.resume(returning: $0) }
        }.get()
    }

    /// The same without a task of the caller's. Call on a loop.
    ///
    /// - Parameter answer: called once, on the loop, after this call.
    func begin(_ ballot: Ballot, _ answer: @escaping VoteQueue.Take) {
        guard let loop = EventLoop.current else { preconditionFailure("begun off the loops") }
        queue(of: loop).add(ballot, answer)
    }

    private func queue(of loop: EventLoop) -> VoteQueue {
        queues.withLock { queues in
            if let known = queues[ObjectIdentifier(loop)] { return known }
            let queue = VoteQueue(loop: loop) { [self] calls, then in send(calls, on: loop, then) }
            queues[ObjectIdentifier(loop)] = queue
            return queue
        }
    }

    // MARK: Calls

    /// Sends calls that leave together, without a task where that can be.
    private func send(_ calls: [VoteQueue.Call], on loop: EventLoop, _ then: @escaping VoteQueue.Then) {
        let direct = redis.callsHere()
        for call in calls {
            let count = call.ballots.count
            let left = remaining(call.since)
            let command = command(call.ballots)
            guard let direct else {
                loop.spawnImmediately { [self] in
                    do throws(RedisError) {
                        let reply = try await redis.run(script, command, deadline: .nanoseconds(Int64(left)))
                        then(call, casts(count, .success(reply)))
                    } catch {
                        then(call, .failure(error))
                    }
                }
                continue
            }
            direct.run(script, command, within: left) { [self] reply in then(call, casts(count, reply)) }
        }
        direct?.hurry()
    }

    /// What is left of the usual deadline, in nanoseconds.
    private func remaining(_ since: UInt64) -> UInt64 {
        let waited = EventLoop.monotonicNanoseconds() - since
        return (redis.usualDeadline > waited ? redis.usualDeadline - waited : 0) + 1_000_000
    }

    private func casts(_ count: Int, _ reply: Result<RedisReply, RedisError>) -> Result<[RedisBallots.Cast], RedisError>
    {
        do throws(RedisError) {
            let reply = try reply.get()
            let casts = try read(reply, count)
            guard casts.count == count else { throw .unexpectedReply(reply) }
            return .success(casts)
        } catch {
            return .failure(error)
        }
    }
}

/// The votes that wait on one loop.
final class VoteQueue: @unchecked Sendable {  // loop: `loop`
    typealias Take = (Result<RedisBallots.Cast, RedisError>) -> Void

    /// Ballots of one group that share a call.
    struct Call: @unchecked Sendable {  // loop: the queue's
        /// When the first of them came.
        let since: UInt64
        let group: Int
        var ballots: [Ballot]
        /// Of the ballots, in their order.
        var takers: [Take]
    }

    typealias Then = @Sendable (Call, Result<[RedisBallots.Cast], RedisError>) -> Void

    private struct Lane {
        var calls: [Call] = []
        var waiting = 0
        var underWay = 0

        mutating func add(_ ballot: Ballot, _ take: @escaping Take) {
            waiting += 1
            let group = ballot.group
            // The last of a group's calls is the one with room; there are as few as there are groups.
            if let place = calls.lastIndex(where: { $0.group == group }), calls[place].ballots.count < mostOfACall {
                calls[place].ballots.append(ballot)
                calls[place].takers.append(take)
            } else {
                calls.append(
                    Call(since: EventLoop.monotonicNanoseconds(), group: group, ballots: [ballot], takers: [take]))
            }
        }

        /// Hands over what waits.
        mutating func leave() -> [Call] {
            defer { (calls, waiting) = ([], 0) }
            underWay += waiting
            return calls
        }
    }

    /// So many leave though others are under way.
    private static let full = 64
    /// A script keeps everybody else waiting.
    private static let mostOfACall = 16

    private let loop: EventLoop
    private let send: ([Call], @escaping Then) -> Void
    private var lanes = [Lane(), Lane()]
    /// While something waits.
    private var hook: HookToken?

    init(loop: EventLoop, send: @escaping ([Call], @escaping Then) -> Void) {
        self.loop = loop
        self.send = send
    }

    func add(_ ballot: Ballot, _ take: @escaping Take) {
        loop.assertInLoop()
        lanes[ballot.group & 1].add(ballot, take)
        if hook == nil { hook = loop.onTickEnd(priority: .gathering) { [self] in leave() } }
    }

    private func leave() {
        for lane in lanes.indices {
            guard lanes[lane].waiting > 0, lanes[lane].underWay == 0 || lanes[lane].waiting >= Self.full else {
                continue
            }
            // At once, up to where they are with the connection, which sends them at the end of this very tick.
            send(lanes[lane].leave()) { [self] call, casts in answered(call, lane, casts) }
        }
        guard lanes.allSatisfy({ $0.waiting == 0 }) else { return }
        hook?.cancel()
        hook = nil
    }

    private func answered(_ call: Call, _ lane: Int, _ casts: Result<[RedisBallots.Cast], RedisError>) {
        lanes[lane].underWay -= call.ballots.count
        switch casts {
        case .success(let casts):
            for (take, cast) in zip(call.takers, casts) { take(.success(cast)) }
        case .failure(let error):
            for take in call.takers { take(.failure(error)) }
        }
    }
}
