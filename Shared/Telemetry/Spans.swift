import Synchronization

/// One finished piece of work of a trace, in the shape OpenTelemetry gives it.
package struct Span: Sendable {
    package enum Kind: Int, Sendable {
        case `internal` = 1
        case server, client, producer, consumer
    }

    package let context: TraceContext
    package let parent: UInt64?
    package let name: String
    package let kind: Kind
    package let startedAt: Int64
    package let endedAt: Int64
    package let attributes: [String: String]
    package let failure: String?

    /// - Parameters:
    ///   - parent: the span that this one is a part of; nil at the root.
    ///   - startedAt: nanoseconds since 1970, as `endedAt`.
    ///   - failure: what went wrong; nil for success.
    package init(
        context: TraceContext, parent: UInt64?, name: String, kind: Kind, startedAt: Int64,
        endedAt: Int64 = WallClock.nanoseconds(), attributes: [String: String] = [:], failure: String? = nil
    ) {
        self.context = context
        self.parent = parent
        self.name = name
        self.kind = kind
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.attributes = attributes
        self.failure = failure
    }
}

/// Collects sampled spans until an exporter takes them; without an exporter it keeps nothing.
package final class Spans: Sendable {
    package static let shared = Spans()

    private struct State {
        var waiting: [Span] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    private let enabled = Atomic<Bool>(false)
    private let capacity: Int

    package init(capacity: Int = 4096) { self.capacity = capacity }

    /// Whether anybody collects: ask before building a span.
    package var isEnabled: Bool { enabled.load(ordering: .relaxed) }

    /// Starts collecting; an exporter calls it once and then `drain()` at its own pace.
    package func enable() { enabled.store(true, ordering: .relaxed) }

    /// Keeps a span for the exporter; when the exporter is too slow, the newest spans are dropped and counted.
    package func record(_ span: @autoclosure () -> Span) {
        guard isEnabled else { return }
        let span = span()
        guard span.context.isSampled else { return }
        state.withLock { state in
            if state.waiting.count < capacity { state.waiting.append(span) } else { state.dropped += 1 }
        }
    }

    /// - Returns: what waits, and how many were dropped since the last call.
    package func drain() -> (spans: [Span], dropped: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.waiting, state.dropped)
        }
    }
}
