import CHiredis

/// One entry of a stream.
///
/// Its fields lie one behind the other in one piece of memory: a backlog comes in thousands of entries, and a piece for
/// each name and value would cost more than reading them.
package struct RedisStreamEntry: Sendable, Equatable {
    package let id: RedisStreamID
    /// For each field the name's length (4 bytes), the name, the value's length (4 bytes) and the value.
    private var packed: [UInt8]

    package init(id: RedisStreamID, fields: [(name: String, value: [UInt8])]) {
        self.id = id
        packed = []
        packed.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.count + 8 })
        for field in fields {
            Self.append(Array(field.name.utf8), to: &packed)
            Self.append(field.value, to: &packed)
        }
    }

    /// `[id, [name, value, …]]`; nil for what a claim answers for an entry that was trimmed meanwhile.
    init?(_ reply: RedisReply) {
        if case .entry(let entry) = reply {
            self = entry
            return
        }
        guard let parts = reply.array, parts.count == 2, let id = parts[0].text.flatMap(RedisStreamID.init),
            let flat = parts[1].array
        else { return nil }
        self.id = id
        packed = []
        packed.reserveCapacity(flat.reduce(0) { $0 + ($1.bytes?.count ?? 0) + 4 })
        for place in 0..<flat.count / 2 * 2 { Self.append(flat[place].bytes ?? [], to: &packed) }
    }

    /// The same out of hiredis' memory; nil where the reply has another shape, or a name that is no text.
    init?(_ reply: redisReply) {
        guard reply.elements == 2, let first = reply.element[0]?.pointee, first.type == REDIS_REPLY_STRING,
            let second = reply.element[1]?.pointee, second.type == REDIS_REPLY_ARRAY, second.elements > 0,
            second.elements.isMultiple(of: 2), let id = RedisStreamID(first.text)
        else { return nil }
        var size = 0
        for place in 0..<second.elements {
            guard let piece = second.element[place]?.pointee, piece.type == REDIS_REPLY_STRING else { return nil }
            size += piece.text.count + 4
        }
        self.id = id
        packed = []
        packed.reserveCapacity(size)
        for place in 0..<second.elements {
            guard let text = second.element[place]?.pointee.text else { return nil }
            if place.isMultiple(of: 2), !text.allSatisfy({ $0 < 0x80 }) { return nil }
            Self.appendLength(text.count, to: &packed)
            packed.append(contentsOf: text)
        }
    }

    private static func appendLength(_ length: Int, to packed: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(length).littleEndian) { packed.append(contentsOf: $0) }
    }

    private static func append(_ bytes: [UInt8], to packed: inout [UInt8]) {
        appendLength(bytes.count, to: &packed)
        packed.append(contentsOf: bytes)
    }

    /// In the order in which they were written.
    package var fields: [(name: String, value: [UInt8])] {
        var fields: [(name: String, value: [UInt8])] = []
        var offset = 0
        while offset < packed.count {
            let name = piece(at: &offset)
            fields.append((String(decoding: packed[name], as: UTF8.self), Array(packed[piece(at: &offset)])))
        }
        return fields
    }

    /// The value of the first field of that name.
    package func slice(_ name: StaticString) -> ArraySlice<UInt8>? {
        var offset = 0
        while offset < packed.count {
            let found = piece(at: &offset)
            let value = piece(at: &offset)
            if isName(name, at: found) { return packed[value] }
        }
        return nil
    }

    package subscript(name: StaticString) -> [UInt8]? { slice(name).map(Array.init) }

    package func text(_ name: StaticString) -> String? { slice(name).map { String(decoding: $0, as: UTF8.self) } }

    /// A number, also one that other readers would take for text.
    package func integer(_ name: StaticString) -> Int64? {
        guard let digits = slice(name), !digits.isEmpty, digits.count < 19 else {
            return text(name).flatMap { Int64($0) }
        }
        var number: Int64 = 0
        for digit in digits {
            guard digit &- 48 <= 9 else { return text(name).flatMap { Int64($0) } }
            number = number * 10 + Int64(digit - 48)
        }
        return number
    }

    /// Whether the field's value is this text.
    package func has(_ name: StaticString, _ text: StaticString) -> Bool {
        slice(name).map { isName(text, at: $0.indices) } ?? false
    }

    private func isName(_ name: StaticString, at place: Range<Int>) -> Bool {
        guard place.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<place.count where packed[place.lowerBound + index] != name.utf8Start[index] { return false }
        return true
    }

    /// The piece whose length stands at `offset`, which moves behind it.
    private func piece(at offset: inout Int) -> Range<Int> {
        let start = offset + 4
        precondition(start <= packed.count, "an entry is cut short")
        let length = packed.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start - 4, as: UInt32.self) }
        offset = start + Int(UInt32(littleEndian: length))
        return start..<offset
    }
}

extension redisReply {
    fileprivate var text: UnsafeBufferPointer<UInt8> {
        guard let str else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: UnsafeRawPointer(str).assumingMemoryBound(to: UInt8.self), count: len)
    }
}
