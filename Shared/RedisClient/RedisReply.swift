import CHiredis

/// What Redis answers. Status lines such as `OK` are strings too.
package enum RedisReply: Sendable, Equatable {
    case null
    case string([UInt8])
    case integer(Int64)
    case array([RedisReply])
    /// An array that looks like an entry of a stream, `[id, [name, value, …]]`, in one piece; `array` takes it apart.
    case entry(RedisStreamEntry)
    /// An error inside an array or a pipeline; a command's own error is thrown.
    case error(RedisServerError)

    package var isNull: Bool { self == .null }

    package var bytes: [UInt8]? {
        if case .string(let bytes) = self { return bytes }
        return nil
    }

    /// A string's text, also of a number.
    package var text: String? {
        switch self {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// A number, also one that came as text.
    package var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    package var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .string(let bytes): Double(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    package var array: [RedisReply]? {
        switch self {
        case .array(let elements): elements
        case .entry(let entry):
            [
                .string(entry.id.utf8),
                .array(entry.fields.flatMap { [.string(Array($0.name.utf8)), .string($0.value)] }),
            ]
        default: nil
        }
    }

    // MARK: The same, for replies whose shape the command promises

    package func requireInteger() throws(RedisError) -> Int64 {
        guard let integer else { throw .unexpectedReply(self) }
        return integer
    }

    package func requireText() throws(RedisError) -> String {
        guard let text else { throw .unexpectedReply(self) }
        return text
    }

    package func requireArray() throws(RedisError) -> [RedisReply] {
        guard let array else { throw .unexpectedReply(self) }
        return array
    }
}

extension RedisReply {
    /// Copies a reply out of hiredis, which frees its own after the callback.
    init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .string(Self.copy(reply))
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_NIL: self = .null
        case REDIS_REPLY_ERROR: self = .error(RedisServerError(String(decoding: Self.copy(reply), as: UTF8.self)))
        case REDIS_REPLY_ARRAY:
            if let entry = RedisStreamEntry(reply) {
                self = .entry(entry)
                return
            }
            var elements: [RedisReply] = []
            elements.reserveCapacity(reply.elements)
            for index in 0..<reply.elements {
                elements.append(reply.element[index].map { RedisReply($0.pointee) } ?? .null)
            }
            self = .array(elements)
        default: self = .error(RedisServerError(code: "PROTOCOL", message: "reply type \(reply.type)"))
        }
    }

    private static func copy(_ reply: redisReply) -> [UInt8] {
        guard let start = reply.str, reply.len > 0 else { return [] }
        return start.withMemoryRebound(to: UInt8.self, capacity: reply.len) {
            Array(UnsafeBufferPointer(start: $0, count: reply.len))
        }
    }
}
