import BSON
import CMongoc

extension MongoError {
    /// The only place where libmongoc's domains and the server's codes become ours.
    ///
    /// - Parameter reply: what the server said, where labels and write errors tell more than the C error.
    init(_ error: bson_error_t, reply: BSONDocument? = nil) {
        let message = Self.message(of: error)
        let labels = reply?.strings("errorLabels") ?? []
        if let writeError = Self.firstWriteError(in: reply) {
            self = Self.serverError(
                code: writeError.code, message: writeError.message, labels: labels, details: writeError.details)
        } else if labels.contains("TransientTransactionError") {
            self = .transient(message)
        } else if labels.contains("UnknownTransactionCommitResult") {
            self = .commitUnknown(message)
        } else {
            self = Self.driverError(error, message: message, labels: labels)
        }
    }

    /// One member of `writeErrors`.
    init(writeError: BSONDocument) {
        self = Self.serverError(
            code: writeError.int32("code") ?? 0, message: writeError.string("errmsg") ?? "", labels: [],
            details: writeError.document("errInfo"))
    }

    private static func driverError(_ error: bson_error_t, message: String, labels: [String]) -> MongoError {
        switch error.domain {
        case MONGOC_ERROR_SERVER_SELECTION.rawValue, MONGOC_ERROR_STREAM.rawValue, MONGOC_ERROR_POOL.rawValue,
            MONGOC_ERROR_CLIENT.rawValue:
            .unavailable(message)
        case MONGOC_ERROR_PROTOCOL.rawValue, MONGOC_ERROR_BSON.rawValue: .malformed(message)
        case MONGOC_ERROR_COMMAND.rawValue where error.code == MONGOC_ERROR_COMMAND_INVALID_ARG.rawValue:
            .configuration(message)
        default:
            serverError(code: Int32(truncatingIfNeeded: error.code), message: message, labels: labels, details: nil)
        }
    }

    private static func serverError(
        code: Int32, message: String, labels: [String], details: BSONDocument?
    ) -> MongoError {
        if labels.contains("UnknownTransactionCommitResult") { return .commitUnknown(message) }
        switch code {
        case 11000, 11001, 12582: return .duplicateKey(DuplicateKey(index: index(in: message), message: message))
        case 121: return .validation(details.map { "\(message): \($0)" } ?? message)
        case 112, 251, 225, 244: return .transient(message)
        case 50, 64, 202, 262: return .timeout(message)
        // Not writable, shutting down, recovering, host gone: the drivers' list of retryable codes.
        case 6, 7, 89, 91, 134, 189, 9001, 10107, 11600, 11602, 13435, 13436: return .unavailable(message)
        default:
            return labels.contains("TransientTransactionError")
                ? .transient(message) : .server(code: code, message: message)
        }
    }

    private static func firstWriteError(
        in reply: BSONDocument?
    ) -> (code: Int32, message: String, details: BSONDocument?)? {
        guard let first = reply?.array("writeErrors")?.first?.documentValue else { return nil }
        return (first.int32("code") ?? 0, first.string("errmsg") ?? "", first.document("errInfo"))
    }

    /// The name in `E11000 duplicate key error collection: db.c index: NAME dup key: { … }`.
    private static func index(in message: String) -> String {
        let words = message.split(separator: " ")
        guard let position = words.firstIndex(of: "index:"), position + 1 < words.count else { return "" }
        return String(words[position + 1])
    }

    private static func message(of error: bson_error_t) -> String {
        withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
