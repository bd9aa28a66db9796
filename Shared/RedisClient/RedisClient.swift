package import Runtime
import Telemetry

/// Redis, for any task of the process.
///
/// A task on a loop uses that loop's connection, which it shares with the loop's other tasks: their commands pipeline by
/// themselves and leave once per tick. A caller from elsewhere hops to one of the loops. Commands are not retried here
/// unless nothing was sent, since only the caller knows whether a second time does harm.
package final class RedisClient: Sendable {
    package let url: RedisURL
    let options: RedisOptions
    private let loops: EventLoopGroup
    /// Where everything happens whoever calls; nil for the caller's own loop.
    private let pinned: EventLoop?
    /// Of the options, in nanoseconds: a `Duration` costs divisions.
    package let usualDeadline: UInt64
    private let routers = Locked<[ObjectIdentifier: RedisRouter]>([:])
    private let subscriptions = Locked<RedisSubscriptions?>(nil)

    /// Connects on first use.
    ///
    /// - Parameter loops: where commands of callers from outside any loop go.
    package convenience init(url: RedisURL, loops: EventLoopGroup, options: RedisOptions = RedisOptions()) {
        self.init(url: url, loops: loops, options: options, pinned: nil)
    }

    private init(url: RedisURL, loops: EventLoopGroup, options: RedisOptions, pinned: EventLoop?) {
        self.url = url
        self.loops = loops
        self.options = options
        self.pinned = pinned
        usualDeadline = options.deadline.clampedNanoseconds
    }

    private var home: EventLoop { pinned ?? EventLoop.current ?? loops.next() }

    /// Ends all connections; commands still under way fail with `cancelled`.
    package func close() async {
        let open = routers.withLock { routers in
            defer { routers = [:] }
            return Array(routers.values)
        }
        for router in open {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                router.loop.execute {
                    router.close()
                    continuation.resume()
                }
            }
        }
        let shared = subscriptions.withLock { shared in
            defer { shared = nil }
            return shared
        }
        shared?.close()
    }

    // MARK: Commands

    /// Runs one command.
    ///
    /// - Throws: `.server` for an error reply, else as `RedisError` says.
    @discardableResult
    package func send(
        _ command: RedisCommand, deadline: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        let reply = try await reply(to: command, deadline: deadline)
        if case .error(let error) = reply { throw .server(error) }
        return reply
    }

    @discardableResult
    package func send(_ arguments: [RedisArgument]) async throws(RedisError) -> RedisReply {
        try await send(RedisCommand(arguments))
    }

    /// Runs commands in one write per connection. Not a transaction: others may come between.
    ///
    /// - Returns: a reply for each, in order; a command's own error is a `.error` reply.
    /// - Throws: the first failure that is no reply; others of the pipeline may have run.
    package func pipeline(
        _ commands: [RedisCommand], deadline: Duration? = nil
    ) async throws(RedisError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        let results = await exchange(commands, deadline: deadline)
        var replies: [RedisReply] = []
        replies.reserveCapacity(results.count)
        for (index, result) in results.enumerated() {
            let reply = try result.get()
            if url.isCluster, case .error(let error) = reply, RedisRedirection(error) != nil {
                replies.append(try await self.reply(to: commands[index], deadline: deadline))
            } else {
                replies.append(reply)
            }
        }
        return replies
    }

    /// Runs a script by its digest, and by its source where the server does not know it.
    package func run(
        _ script: RedisScript, keys: [RedisKey], arguments: [RedisArgument] = [], deadline: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        try await run(script, script.command(keys: keys, arguments: arguments), deadline: deadline)
    }

    /// Runs a script's call that was written already.
    ///
    /// - Parameter call: of `script.command`.
    package func run(
        _ script: RedisScript, _ call: RedisCommand, deadline: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        let reply = try await reply(to: call, deadline: deadline)
        guard case .error(let error) = reply else { return reply }
        guard error.code == "NOSCRIPT" else { throw .server(error) }
        return try await send(script.loadingCommand(call), deadline: deadline)
    }

    /// Runs one script many times, in one write per connection.
    ///
    /// - Returns: a reply for each call, in order; a call's own error is thrown after all have run.
    package func runAll(
        _ script: RedisScript, _ calls: [(keys: [RedisKey], arguments: [RedisArgument])]
    ) async throws(RedisError) -> [RedisReply] {
        var replies = try await pipeline(calls.map { script.command(keys: $0.keys, arguments: $0.arguments) })
        for (index, reply) in replies.enumerated() {
            guard case .error(let error) = reply else { continue }
            guard error.code == "NOSCRIPT" else { throw .server(error) }
            replies[index] = try await run(script, keys: calls[index].keys, arguments: calls[index].arguments)
        }
        return replies
    }

    /// Runs a command on every server that holds keys: the one, or each master of a cluster.
    package func sendEverywhere(_ command: RedisCommand) async throws(RedisError) -> [RedisReply] {
        var replies: [RedisReply] = []
        for node in try await nodes() {
            let reply = try await exchange(command, to: node, asking: false, deadline: nil).get()
            if case .error(let error) = reply { throw .server(error) }
            replies.append(reply)
        }
        return replies
    }

    private func nodes() async throws(RedisError) -> [RedisAddress] {
        guard url.isCluster else { return url.addresses }
        let reply = try await send(["CLUSTER", "SLOTS"])
        var nodes: Set<RedisAddress> = []
        for range in try reply.requireArray() {
            guard let node = range.array?.dropFirst(2).first?.array, let host = node.first?.text,
                let port = node.dropFirst().first?.integer
            else { continue }
            nodes.insert(RedisAddress(host: host.isEmpty ? url.addresses[0].host : host, port: Int(port)))
        }
        return Array(nodes)
    }

    // MARK: Routing

    /// Splits keys into groups that one command may name together: all of them, or by slot on a cluster.
    package func groups(of keys: [RedisKey]) -> [[RedisKey]] {
        guard url.isCluster else { return keys.isEmpty ? [] : [keys] }
        return Dictionary(grouping: keys, by: \.slot).sorted { $0.key < $1.key }.map(\.value)
    }

    private func reply(to command: RedisCommand, deadline: Duration?) async throws(RedisError) -> RedisReply {
        guard url.isCluster else {
            return try await exchange(command, to: nil, asking: false, deadline: deadline).get()
        }
        return try await routedReply(to: command, deadline: deadline)
    }

    /// Follows redirections, and tries other nodes while a cluster heals, within the deadline.
    private func routedReply(to command: RedisCommand, deadline: Duration?) async throws(RedisError) -> RedisReply {
        let start = EventLoop.monotonicNanoseconds()
        let allowed = (deadline?.clampedNanoseconds ?? usualDeadline)
        var target: RedisAddress?
        var asking = false
        while true {
            let result = await exchange(command, to: target, asking: asking, deadline: deadline)
            let isLate = EventLoop.monotonicNanoseconds() - start > allowed
            asking = false
            switch result {
            case .success(.error(let error)):
                if let redirection = RedisRedirection(error), !isLate {
                    RedisMetrics.redirections.increment()
                    target = redirection.address
                    asking = !redirection.isPermanent
                    if redirection.isPermanent {
                        await onRouter { $0.moved(slot: redirection.slot, to: redirection.address) }
                    }
                    continue
                }
                guard ["TRYAGAIN", "CLUSTERDOWN"].contains(error.code), !isLate else { return .error(error) }
            case .failure(.unavailable(let reason)):
                if isLate { throw .unavailable(reason) }
                target = await onRouter { router in
                    router.readMap()
                    return router.anyNode
                }
            case .failure(.connectionLost):
                await onRouter { $0.readMap() }
                throw .connectionLost
            default: return try result.get()
            }
            await pause()
        }
    }

    private func pause() async {
        let loop = home
        // A cancelled task simply tries once more; its command is what fails.
        try? await loop.sleep(for: .milliseconds(50))
    }

    @discardableResult
    private func onRouter<Result: Sendable>(
        _ body: @escaping @Sendable (RedisRouter) -> Result
    ) async -> Result {
        let loop = home
        let router = router(of: loop)
        if loop.isCurrent { return body(router) }
        return await withUnsafeContinuation { continuation in
            loop.execute { continuation.resume(returning: body(router)) }
        }
    }

    private func exchange(
        _ command: RedisCommand, to target: RedisAddress?, asking: Bool, deadline: Duration?
    ) async -> RedisResult {
        let loop = home
        let router = router(of: loop)
        let until = EventLoop.monotonicNanoseconds() &+ (deadline?.clampedNanoseconds ?? usualDeadline)
        return await withUnsafeContinuation { continuation in
            let pending = PendingReply(.caller(continuation), deadline: until)
            if loop.isCurrent { return router.submit(command, to: target, asking: asking, pending) }
            loop.execute { router.submit(command, to: target, asking: asking, pending) }
        }
    }

    private func exchange(_ commands: [RedisCommand], deadline: Duration?) async -> [RedisResult] {
        let loop = home
        let router = router(of: loop)
        let until = EventLoop.monotonicNanoseconds() &+ (deadline?.clampedNanoseconds ?? usualDeadline)
        return await withUnsafeContinuation { continuation in
            let replies = PipelineReplies(count: commands.count, continuation)
            let submit = { @Sendable in
                for (index, command) in commands.enumerated() {
                    let pending = PendingReply(.pipeline(replies, index: index), deadline: until)
                    router.submit(command, to: nil, asking: false, pending)
                }
            }
            if loop.isCurrent { submit() } else { loop.execute(submit) }
        }
    }

    func router(of loop: EventLoop) -> RedisRouter {
        routers.withLock { routers in
            if let known = routers[ObjectIdentifier(loop)] { return known }
            let router = RedisRouter(loop: loop, url: url, options: options)
            routers[ObjectIdentifier(loop)] = router
            return router
        }
    }

    // MARK: Connections of their own

    /// A connection for blocking reads, which would hold up everybody on the shared one. Close it after use.
    package func dedicated() -> RedisDedicated {
        let loop = home
        return RedisDedicated(RedisClient(url: url, loops: loops, options: options, pinned: loop), loop: loop)
    }

    /// What is published on these channels from now on, until the stream is dropped.
    ///
    /// A message is lost while the connection is away; `resubscribed` says that this may have happened.
    package func subscribe(_ channels: [String]) -> AsyncStream<RedisPush> {
        let shared = subscriptions.withLock { shared in
            if let shared { return shared }
            let created = RedisSubscriptions(loop: loops.next(), url: url, options: options)
            shared = created
            return created
        }
        return shared.stream(channels)
    }
}
