import Lifecycle
import Runtime
import Telemetry

/// Ranks recent posts anew every so often, since trending decays while nothing happens.
struct RankWorker: Service {
    private static let period = Duration.seconds(60)

    let ranking: RankPosts
    let loops: EventLoopGroup

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        let loop = EventLoop.current ?? loops.next()
        while !signal.isRaised {
            try await ranking.rankRecent()
            // Cut short by the signal: the loop ends by itself.
            try? await signal.cancelling { try await loop.sleep(for: Self.period) }
        }
    }
}
