import Glibc
import Synchronization

/// Where finished lines go.
///
/// Lines of level info and below are collected and written together, at the latest a tenth of a second later: a write
/// per request costs more than the rest of its log line. Warnings and errors are written at once, with what waits.
package final class LogSink: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var flusherRuns = false
    }

    private static let capacity = 16 * 1024
    private static let longestWait: UInt32 = 100_000

    private let state = Mutex(State())
    private let output: @Sendable ([UInt8]) -> Void
    private let buffers: Bool

    /// - Parameter buffers: whether lines may wait for others. A test's sink sees each at once.
    package init(buffers: Bool = false, _ output: @escaping @Sendable ([UInt8]) -> Void) {
        self.buffers = buffers
        self.output = output
    }

    /// Standard error, flushed when the process exits in order.
    package static let standardError: LogSink = {
        let sink = LogSink(buffers: true) { FileOutput.write($0, to: 2) }
        atexit { LogSink.standardError.flush() }
        return sink
    }()

    func write(_ line: [UInt8], urgent: Bool) {
        guard buffers else { return output(line) }
        let startsFlusher = state.withLock { state in
            state.waiting.append(contentsOf: line)
            if urgent || state.waiting.count >= Self.capacity {
                output(state.waiting)
                state.waiting.removeAll(keepingCapacity: true)
            }
            guard !state.waiting.isEmpty, !state.flusherRuns else { return false }
            state.flusherRuns = true
            return true
        }
        if startsFlusher { startFlusher() }
    }

    /// Writes what waits.
    package func flush() {
        state.withLock { state in
            if !state.waiting.isEmpty { output(state.waiting) }
            state.waiting.removeAll(keepingCapacity: true)
        }
    }

    /// A thread that lives while there is something to write and ends when a round finds nothing: an idle process has
    /// neither the thread nor its wake-ups.
    private func startFlusher() {
        DetachedThread.start { [self] in
            while true {
                usleep(Self.longestWait)
                let isIdle = state.withLock { state in
                    let isIdle = state.waiting.isEmpty
                    if isIdle { state.flusherRuns = false } else { output(state.waiting) }
                    state.waiting.removeAll(keepingCapacity: true)
                    return isIdle
                }
                if isIdle { return }
            }
        }
    }
}

/// What a command prints for the person or the script that ran it: not for services, which log.
package enum StandardOutput {
    package static func write(_ text: String) { FileOutput.write(Array(text.utf8), to: 1) }
    package static func write(_ bytes: [UInt8]) { FileOutput.write(bytes, to: 1) }
    package static func writeError(_ text: String) { FileOutput.write(Array(text.utf8), to: 2) }
}

/// Writes whole buffers to a descriptor, through interruptions and short writes.
enum FileOutput {
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    return  // Nobody is left to tell that the log itself cannot be written.
                }
                offset += written
            }
        }
    }
}
