import Testing

@testable import Telemetry

@Suite struct TraceContextTests {
    private let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `a traceparent survives the round trip`() throws {
        let context = try #require(TraceContext(traceparent: header))
        #expect(context.traceparent == header)
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID == "00f067aa0ba902b7")
        #expect(context.isSampled)
    }

    @Test(arguments: [
        "", "00-", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
    ])
    func `an invalid traceparent is refused`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func `a child stays in its trace under a span of its own`() {
        let parent = TraceContext.generate(sampled: true)
        let child = parent.child()
        #expect(child.traceID == parent.traceID)
        #expect(child.span != parent.span)
        #expect(child.isSampled)
    }

    @Test func `identifiers do not repeat`() {
        var seen = Set<UInt64>()
        for _ in 0..<10_000 { seen.insert(TraceIdentifiers.next()) }
        #expect(seen.count == 10_000)
    }

    @Test func `spans are kept only while somebody collects and the trace is sampled`() {
        let spans = Spans(capacity: 1)
        func span(_ sampled: Bool) -> Span {
            Span(context: .generate(sampled: sampled), parent: nil, name: "s", kind: .server, startedAt: 0)
        }
        spans.record(span(true))
        #expect(spans.drain().spans.isEmpty)
        spans.enable()
        spans.record(span(false))
        spans.record(span(true))
        spans.record(span(true))
        let drained = spans.drain()
        #expect(drained.spans.count == 1)
        #expect(drained.dropped == 1)
    }
}
