import Lifecycle
import Runtime
import Telemetry

/// What every process does beside its roles.
enum BackgroundServices {
    /// Probes what the process depends on.
    static func health(_ context: ServiceContext) -> any Service {
        looping(context) { loop in await context.health.run(on: loop) }
    }

    /// Says every few seconds that the process lives and how it is, and says good-bye at its end.
    static func heartbeat(_ context: ServiceContext, roles: [ProcessRole]) -> any Service {
        let names = roles.map(\.description)
        let beat = { @Sendable in
            Heartbeats.Beat(
                service: context.service, instance: context.instance, roles: names, status: context.health.status)
        }
        return ServiceBody {
            let signal = ShutdownSignal.current ?? ShutdownSignal()
            let loop = EventLoop.current ?? context.loops.next()
            while !signal.isRaised {
                // Redis being away is what /readyz says already.
                try? await context.heartbeats.write(beat())
                try? await signal.cancelling { try await loop.sleep(for: Heartbeats.period) }
            }
            try? await context.heartbeats.remove(beat())
        }
    }

    /// Reads the revocations of sessions.
    static func revocations(_ context: ServiceContext) -> any Service {
        let feed = RevocationFeed(redis: context.redis, revocations: context.revocations, log: context.logger)
        return looping(context) { loop in await feed.run(on: loop) }
    }

    /// Reads the signing keys at the start and then from time to time, so that new ones are known before they are used.
    static func signingKeys(_ context: ServiceContext) -> any Service {
        looping(context) { loop in
            while !Task.isCancelled {
                var pause = Duration.seconds(60)
                do {
                    try await context.signingKeys.read(now: .now())
                    if !context.signingKeys.hasKeys { pause = .seconds(1) }
                } catch {
                    context.logger.warning("signing keys could not be read", ["reason": "\(error)"])
                    pause = .seconds(1)
                }
                do { try await loop.sleep(for: pause) } catch { return }
            }
        }
    }

    /// Brings request counts together.
    static func counters(_ context: ServiceContext) -> any Service {
        let shared = SharedCounters(redis: context.cache, counters: context.counters, log: context.logger)
        return looping(context) { loop in await shared.run(on: loop) }
    }

    /// A loop that may be cut anywhere.
    private static func looping(
        _ context: ServiceContext, _ body: @escaping @Sendable (EventLoop) async -> Void
    ) -> any Service {
        ServiceBody {
            let loop = EventLoop.current ?? context.loops.next()
            let signal = ShutdownSignal.current ?? ShutdownSignal()
            try await signal.cancelling { await body(loop) }
        }
    }
}
