import CMongoc
import Telemetry

/// libmongoc's process-wide state: initialised once, its own log turned into ours.
enum MongocLibrary {
    static let logger = Logger(label: "mongodb")

    static func start() { _ = started }

    private static let started: Bool = {
        mongoc_init()
        mongoc_log_set_handler(
            { level, domain, message, _ in
                let fields = ["domain": text(domain), "detail": text(message)]
                switch level {
                case MONGOC_LOG_LEVEL_ERROR, MONGOC_LOG_LEVEL_CRITICAL, MONGOC_LOG_LEVEL_WARNING:
                    logger.warning("libmongoc", fields)
                default: logger.debug("libmongoc", fields)
                }
            }, nil)
        return true
    }()

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
}
