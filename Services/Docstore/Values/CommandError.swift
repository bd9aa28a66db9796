package import BSON

/// An error as a MongoDB server reports it: in the reply to a command, or in a write error.
package struct CommandError: Error {
    package var code: Int32
    package var message: String
    package var labels: [String]
    /// Fields beside the usual ones: `keyPattern`, `keyValue`, `errInfo`.
    package var extra: BSONDocument

    package init(code: Int32, _ message: String, labels: [String] = [], extra: BSONDocument = [:]) {
        self.code = code
        self.message = message
        self.labels = labels
        self.extra = extra
    }

    package init(_ code: ErrorCode, _ message: String, labels: [String] = [], extra: BSONDocument = [:]) {
        self.init(code: code.number, message, labels: labels, extra: extra)
    }

    // The three most frequent, for `throw .badValue("…")`.
    package static func badValue(_ message: String) -> CommandError { CommandError(.badValue, message) }
    package static func failedToParse(_ message: String) -> CommandError { CommandError(.failedToParse, message) }
    package static func typeMismatch(_ message: String) -> CommandError { CommandError(.typeMismatch, message) }

    package var codeName: String { ErrorCode.name(of: code) }

    /// The same error with what was going on put before its message.
    package func during(_ activity: String) -> CommandError {
        var copy = self
        copy.message = "\(activity) :: caused by :: \(message)"
        return copy
    }

    /// Runs what throws nothing but command errors, though its type does not say so: for closures do not infer theirs,
    /// and tables of them are easier to read without.
    @inline(__always)
    static func only<Value>(_ body: () throws -> Value) throws(CommandError) -> Value {
        do {
            return try body()
        } catch {
            throw error as? CommandError ?? CommandError(.internalError, "\(error)")
        }
    }
}

/// Throws an error with this code and message unless the condition holds.
func require(_ condition: Bool, _ code: ErrorCode, _ message: @autoclosure () -> String) throws(CommandError) {
    if !condition { throw CommandError(code, message()) }
}

/// The same of a code without a name.
func require(_ condition: Bool, code: Int32, _ message: @autoclosure () -> String) throws(CommandError) {
    if !condition { throw CommandError(code: code, message()) }
}

extension Optional {
    /// The value, where one is called for.
    func orThrow(_ error: @autoclosure () -> CommandError) throws(CommandError) -> Wrapped {
        if let self { return self }
        throw error()
    }
}
