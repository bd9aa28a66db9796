/// What went wrong, by what the caller can do about it.
package enum MongoError: Error, Equatable, Sendable {
    /// A unique index holds these values already: the write did not happen.
    case duplicateKey(DuplicateKey)
    /// Another transaction was in the way: run the whole transaction again.
    case transient(String)
    /// The commit may have happened: commit again.
    case commitUnknown(String)
    /// The server or the network took longer than allowed; a write may have happened.
    case timeout(String)
    /// No server to be had, the connection broke, or the pool is full; a write may have happened unless the pool refused.
    case unavailable(String)
    /// The document breaks the collection's validator.
    case validation(String)
    case server(code: Int32, message: String)
    /// The server's bytes are not what this client expects.
    case malformed(String)
    /// The URL or the declarations are wrong: nothing that a retry changes.
    case configuration(String)

    /// Whether the same call may succeed a moment later.
    package var isTemporary: Bool {
        switch self {
        case .transient, .commitUnknown, .timeout, .unavailable: true
        default: false
        }
    }

    package var isDuplicateKey: Bool { if case .duplicateKey = self { true } else { false } }
}

/// Which unique index refused a document.
package struct DuplicateKey: Equatable, Sendable {
    /// The index's name, as `userId_1_seq_1`; `_id_` for the primary one.
    package let index: String
    package let message: String

    package init(index: String, message: String) {
        self.index = index
        self.message = message
    }
}

extension MongoError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .duplicateKey(let key): "duplicate key in \(key.index)"
        case .transient(let message): "transaction conflict: \(message)"
        case .commitUnknown(let message): "commit unknown: \(message)"
        case .timeout(let message): "timeout: \(message)"
        case .unavailable(let message): "unavailable: \(message)"
        case .validation(let message): "validation: \(message)"
        case .server(let code, let message): "server error \(code): \(message)"
        case .malformed(let message): "malformed: \(message)"
        case .configuration(let message): "configuration: \(message)"
        }
    }
}
