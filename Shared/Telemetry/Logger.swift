import Synchronization

/// Writes JSON lines to standard error: a constant message, and metadata for everything that varies.
///
/// A logger is a value: `with(…)` adds fields for one request or one worker without touching anybody else's. The message
/// is a `StaticString`, so that lines can be grouped by it.
package struct Logger: Sendable {
    package let label: String
    package var level: LogLevel
    private var fields: [(key: String, value: String)] = []
    private let sink: LogSink

    /// - Parameter label: the part of the process that speaks, as `gems` or `gems.settlement`.
    package init(label: String, level: LogLevel = LogSettings.level, sink: LogSink = .standardError) {
        self.label = label
        self.level = level
        self.sink = sink
    }

    /// The same logger with one more field on each of its lines.
    package func with(_ key: String, _ value: String) -> Logger {
        var copy = self
        copy.fields.removeAll { $0.key == key }
        copy.fields.append((key, value))
        return copy
    }

    /// The same logger with the ids of a trace on each of its lines.
    package func with(_ trace: TraceContext) -> Logger { with("trace_id", trace.traceID) }

    package func debug(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.debug, message, metadata())
    }

    package func info(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.info, message, metadata())
    }

    package func warning(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.warning, message, metadata())
    }

    package func error(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.error, message, metadata())
    }

    package func log(
        _ level: LogLevel, _ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]
    ) {
        guard level >= self.level else { return }
        let metadata = metadata()
        var line = LogLine(level: level, service: LogSettings.service, message: "\(message)")
        if label != LogSettings.service { line.append("component", label) }
        for field in fields where metadata[field.key] == nil { line.append(field.key, field.value) }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line.append(key, value) }
        sink.write(line.finished(), urgent: level >= .warning)
    }

    /// Writes a line that the caller has put together itself: for the access log, which is on every request's path.
    package func write(_ line: consuming LogLine, urgent: Bool = false) {
        sink.write(line.finished(), urgent: urgent)
    }
}

/// What every logger of the process shares.
package enum LogSettings {
    private static let names = Mutex<String>(ProcessFacts.executableName)

    /// The `service` field of every line: the executable's name unless a service names itself.
    package static var service: String {
        get { names.withLock { $0 } }
        set { names.withLock { $0 = newValue } }
    }

    /// From `LOG_LEVEL`; `info` where it is missing or unknown (`check-config` refuses an unknown one).
    package static let level: LogLevel = ProcessFacts.environment("LOG_LEVEL").flatMap(LogLevel.init(name:)) ?? .info
}
