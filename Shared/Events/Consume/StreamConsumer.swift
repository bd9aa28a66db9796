import Domain
import Lifecycle
package import RedisClient
import Runtime
import Telemetry

/// A consumer group over topics: reads in batches, acknowledges after the effect, takes over what others left behind.
///
/// An entry may be handed out twice and out of order, so effects must be idempotent. On a cluster there is one reader
/// for each slot, since a command may name the streams of one slot only; on one server, one reader for all.
package struct StreamConsumer: Service {
    package typealias Handler = @Sendable ([StreamDelivery]) async -> [DeliveryOutcome]

    package let group: String
    package let topics: [Topic]
    let redis: RedisClient
    let options: ConsumerOptions
    let handle: Handler
    let log: Logger
    private static let bury = RedisScript(PackageResources.bury_lua)

    /// - Parameter handle: gets entries of one stream in order; answers with an outcome for each. A batch may hold
    ///   entries of several streams.
    package init(
        group: String, topics: [Topic], redis: RedisClient, options: ConsumerOptions = ConsumerOptions(),
        handle: @escaping Handler
    ) {
        self.group = group
        self.topics = topics
        self.redis = redis
        self.options = options
        self.handle = handle
        log = Logger(label: "events").with("group", group)
    }

    /// The topics' streams, and the group's own for what is handed out again by command.
    package var streams: [RedisKey] {
        let sources = topics.flatMap(\.streams)
        return sources + Set(sources.map(\.tag)).sorted().map { .retries(group, tag: $0) }
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for streams in redis.groups(of: streams) {
                tasks.addTask { await read(streams) }
            }
            tasks.addTask { await StreamKeeper(consumer: self).run() }
            try await tasks.waitForAll()
        }
    }

    // MARK: Reading

    private func read(_ streams: [RedisKey]) async {
        let dedicated = redis.dedicated()
        let number = ShutdownSignal.current?.onRaise { dedicated.interrupt() }
        var turns = StreamTurns(
            streams, batch: options.batch, atOnce: options.streamsAtOnce, held: options.entryHolds?.most ?? 1)
        var hasGroups = false
        var nextClaim = ContinuousClock.now
        var failures = 0
        while !Stopping.isAsked {
            do throws(RedisError) {
                if !hasGroups { try await createGroups(streams) }
                hasGroups = true
                if ContinuousClock.now >= nextClaim {
                    let stalled = try await claim(streams, count: turns.entriesOfABatch)
                    await process(stalled)
                    // Where there was something there may be more of it; what still fails has been touched now.
                    if stalled.isEmpty { nextClaim = .now + options.stallAfter }
                }
                for read in turns.next() {
                    let found = try await dedicated.send(command(read), blocking: options.block).requireStreams()
                    let held = options.entryHolds.map { holding in
                        found.reduce(0) { $0 + $1.entries.reduce(0) { $0 + holding.count($1) } }
                    }
                    turns.note(found.map { (stream: $0.key, count: $0.entries.count) }, holding: held, of: read)
                    failures = 0
                    await process(
                        found.flatMap { stream in
                            stream.entries.map { StreamDelivery(stream: stream.key, entry: $0) }
                        })
                }
            } catch {
                if Stopping.isAsked { break }
                // A flush or an empty successor took the groups: they are made anew, from the beginning.
                if case .server(let refusal) = error, refusal.code == "NOGROUP" || refusal.code == "UNBLOCKED" {
                    hasGroups = false
                }
                failures += 1
                if failures == 1 || failures % 50 == 0 { log.warning("reading failed", ["error": "\(error)"]) }
                await Stopping.pause(.milliseconds(100) * min(failures, 20))
            }
        }
        if let number { ShutdownSignal.current?.forget(number) }
        await dedicated.close()
    }

    private func command(_ read: StreamTurns.Read) -> RedisCommand {
        var words: [RedisArgument] = [
            "XREADGROUP", "GROUP", .text(group), .text(options.consumer), "COUNT", RedisArgument(read.count),
        ]
        if read.mayWait {
            words += ["BLOCK", RedisArgument(min(options.block, options.stallAfter).milliseconds)]
        }
        return RedisCommand(words + ["STREAMS"] + read.streams.map { .key($0) } + read.streams.map { _ in ">" })
    }

    /// Creates what is missing; a new group begins with everything that is still kept.
    private func createGroups(_ streams: [RedisKey]) async throws(RedisError) {
        for stream in streams {
            if try await redis.xgroupCreate(stream, group, from: "0") {
                log.info("group created", ["stream": stream.text])
            }
            if options.isCritical { try await redis.sadd(.criticalGroups(of: stream), [.text(group)]) }
        }
    }

    /// Entries that nobody has touched for a while, with how often they were handed out; all streams in one write.
    private func claim(_ streams: [RedisKey], count: Int) async throws(RedisError) -> [StreamDelivery] {
        let replies = try await redis.pipeline(
            streams.map { stream in
                [
                    "XAUTOCLAIM", .key(stream), .text(group), .text(options.consumer),
                    RedisArgument(options.stallAfter.milliseconds), "0-0", "COUNT", RedisArgument(count),
                ]
            })
        var found: [(stream: RedisKey, entry: RedisStreamEntry)] = []
        for (stream, reply) in zip(streams, replies) {
            if case .error(let error) = reply { throw .server(error) }
            let parts = try reply.requireArray()
            guard parts.count > 1 else { throw .unexpectedReply(reply) }
            found += try parts[1].requireStreamEntries().map { (stream, $0) }
        }
        let counts = try await redis.pipeline(
            found.map { stream, entry in
                ["XPENDING", .key(stream), .text(group), .text("\(entry.id)"), .text("\(entry.id)"), 1]
            })
        return zip(found, counts).map { claimed, pending in
            let attempt = pending.array?.first?.array?.last?.integer ?? 2
            return StreamDelivery(stream: claimed.stream, entry: claimed.entry, attempt: Int(attempt))
        }
    }

    // MARK: Handling

    private func process(_ deliveries: [StreamDelivery]) async {
        guard !deliveries.isEmpty else { return }
        let outcomes = await withHeartbeat(deliveries) { await handle(deliveries) }
        do {
            try await settle(deliveries, outcomes)
        } catch {
            // Nothing is lost: what is not acknowledged is handed out again.
            log.warning("acknowledging failed", ["error": "\(error)", "entries": "\(deliveries.count)"])
        }
    }

    /// Keeps entries from looking stalled while they are being handled.
    private func withHeartbeat<Result: Sendable>(
        _ deliveries: [StreamDelivery], _ body: @Sendable () async -> Result
    ) async -> Result {
        async let _ = beat(deliveries)  // cancelled at the end of this scope
        return await body()
    }

    private func beat(_ deliveries: [StreamDelivery]) async {
        // Most batches are done before the first beat, for which half of the time is early enough.
        await Stopping.pause(options.stallAfter / 2)
        if Task.isCancelled { return }
        let commands = Dictionary(grouping: deliveries, by: \.stream).map { stream, entries in
            RedisCommand(
                ["XCLAIM", .key(stream), .text(group), .text(options.consumer), 0], ids: entries.map(\.entry.id),
                ["JUSTID"])
        }
        while !Task.isCancelled {
            // A beat that fails only means that another may take over, which is harmless.
            _ = try? await redis.pipeline(commands)
            await Stopping.pause(options.stallAfter / 3)
        }
    }

    private func settle(_ deliveries: [StreamDelivery], _ outcomes: [DeliveryOutcome]) async throws(RedisError) {
        var done: [RedisKey: [RedisStreamID]] = [:]
        var postponed: [StreamDelivery] = []
        for (delivery, outcome) in zip(deliveries, outcomes) {
            switch outcome {
            case .done: done[delivery.stream, default: []].append(delivery.entry.id)
            case .rejected(let reason): try await bury(delivery, reason)
            case .failed(let reason) where delivery.attempt >= options.attempts: try await bury(delivery, reason)
            case .failed(let reason): noteRetry(of: delivery, reason)
            case .postponed(let reason):
                postponed.append(delivery)
                noteRetry(of: delivery, reason)
            }
        }
        let acknowledgements = done.map { stream, ids in
            RedisCommand(["XACK", .key(stream), .text(group)], ids: ids)
        }
        // Redis counts each time that an entry is handed out: this one is taken off again.
        let uncounted = postponed.map { delivery in
            RedisCommand([
                "XCLAIM", .key(delivery.stream), .text(group), .text(options.consumer), 0,
                .text("\(delivery.entry.id)"),
                "RETRYCOUNT", RedisArgument(delivery.attempt - 1), "JUSTID",
            ])
        }
        for reply in try await redis.pipeline(acknowledgements + uncounted) {
            if case .error(let error) = reply { throw .server(error) }
        }
        EventMetrics.handled.with(group).increment(by: done.values.reduce(0) { $0 + $1.count })
    }

    private func noteRetry(of delivery: StreamDelivery, _ reason: String) {
        EventMetrics.retried.with(group).increment()
        log.warning(
            "entry left for another attempt",
            [
                "reason": reason, "stream": delivery.stream.text, "entry": "\(delivery.entry.id)",
                "attempt": "\(delivery.attempt)",
            ])
    }

    private func bury(_ delivery: StreamDelivery, _ reason: String) async throws(RedisError) {
        EventMetrics.dead.with(group).increment()
        log.error(
            "entry became a dead letter",
            ["reason": reason, "stream": delivery.stream.text, "entry": "\(delivery.entry.id)"])
        _ = try await redis.run(
            Self.bury, keys: [delivery.stream, .deadLetters(group, tag: delivery.stream.tag)],
            arguments: [
                .text(group), .text("\(delivery.entry.id)"), .text(reason), RedisArgument(delivery.attempt),
            ] + delivery.entry.fields.flatMap { [.text($0.name), .bytes($0.value)] })
    }
}
