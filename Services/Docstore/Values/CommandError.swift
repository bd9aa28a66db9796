import BSON

/// An error as a MongoDB server reports it: in the reply to a command, or in a write error.
struct CommandError: Error {
    var code: Int32
    var message: String
    var labels: [String]
    /// Fields beside the usual ones: `keyPattern`, `keyValue`, `errInfo`.
    var extra: BSONDocument

    init(code: Int32, _ message: String, labels: [String] = [], extra: BSONDocument = [:]) {
        self.code = code
        self.message = message
        self.labels = labels
        self.extra = extra
    }

    init(_ code: ErrorCode, _ message: String, labels: [String] = [], extra: BSONDocument = [:]) {
        self.init(code: code.rawValue, message, labels: labels, extra: extra)
    }

    static func badValue(_ message: String) -> CommandError { CommandError(.badValue, message) }
    static func failedToParse(_ message: String) -> CommandError { CommandError(.failedToParse, message) }
    static func typeMismatch(_ message: String) -> CommandError { CommandError(.typeMismatch, message) }

    var codeName: String { ErrorCode.name(of: code) }

    /// The same error with what was going on put before its message.
    func during(_ activity: String) -> CommandError {
        var copy = self
        copy.message = "\(activity) :: caused by :: \(message)"
        return copy
    }
}

func require(_ condition: Bool, _ code: ErrorCode, _ message: @autoclosure () -> String) throws {
    if !condition { throw CommandError(code, message()) }
}

func require(_ condition: Bool, code: Int32, _ message: @autoclosure () -> String) throws {
    if !condition { throw CommandError(code: code, message()) }
}

extension Optional {
    func orThrow(_ error: @autoclosure () -> CommandError) throws -> Wrapped {
        if let self { return self }
        throw error()
    }
}
