import Runtime

/// The bytes between a stream's task and the connection that sends them. Loop-confined.
///
/// The connection takes what is there and sleeps when there is nothing; the task writes and sleeps above the limit.
final class StreamOutput: @unchecked Sendable {  // loop: the connection's
    static let limit = 64 * 1024

    private var buffer: [UInt8] = []
    private var taken = 0
    private var writers: [CheckedContinuation<Void, Never>] = []
    private(set) var isClosed = false
    private(set) var isFinished = false
    /// Told that there is something to take, or that nothing more will come.
    var onChange: (() -> Void)?

    var isEmpty: Bool { taken == buffer.count }

    func write(_ bytes: [UInt8]) async throws(EventStream.Closed) {
        guard !isClosed else { throw EventStream.Closed() }
        append(bytes)
        if buffer.count - taken > Self.limit {
            await withCheckedContinuation { writers.append($0) }
        }
        if isClosed { throw EventStream.Closed() }
    }

    /// Adds bytes whatever the limit: for heartbeats.
    func append(_ bytes: [UInt8]) {
        guard !isClosed, !isFinished else { return }
        buffer.append(contentsOf: bytes)
        onChange?()
    }

    /// Moves up to `space.count` bytes out and returns how many.
    func take(into space: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(space.count, buffer.count - taken)
        buffer.withUnsafeBytes { space.copyBytes(from: $0[taken..<taken + count]) }
        taken += count
        if taken == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 4096)
            taken = 0
        }
        if buffer.count - taken <= Self.limit / 2 { resumeWriters() }
        return count
    }

    /// The task is done: the connection ends once all is sent.
    func finish() {
        isFinished = true
        onChange?()
    }

    /// The connection is gone: whoever writes learns of it.
    func close() {
        isClosed = true
        onChange = nil
        resumeWriters()
    }

    private func resumeWriters() {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume() }
    }
}
