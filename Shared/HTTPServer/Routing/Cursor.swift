import Domain
package import JSON

/// Where a list goes on: opaque to clients, JSON inside, with a checksum so that a mangled one is told from a good one.
///
/// The checksum guards against accidents only; what a cursor says is validated like any other input.
package enum Cursor {
    package static func encode(_ value: some JSONWritable) -> String {
        var bytes = JSONWriter.bytes(value)
        let sum = checksum(bytes)
        bytes.append(contentsOf: [UInt8(sum >> 24), UInt8(sum >> 16 & 255), UInt8(sum >> 8 & 255), UInt8(sum & 255)])
        return Base64URL.encode(bytes)
    }

    /// - Throws: `invalid-cursor`.
    package static func decode(_ text: String) throws(Problem) -> JSONValue {
        guard let bytes = Base64URL.decode(text), bytes.count > 4 else { throw Problem(.invalidCursor) }
        let content = Array(bytes.dropLast(4))
        let sum = bytes.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard sum == checksum(content) else { throw Problem(.invalidCursor) }
        do {
            return try JSONParser.parse(content)
        } catch {
            throw Problem(.invalidCursor)
        }
    }

    /// FNV-1a, 32 bits.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}

/// Which part of a list is wanted.
package struct PageRequest: Sendable {
    /// 1...100
    package let limit: Int
    /// What the cursor says; nil on the first page.
    package let cursor: JSONValue?
}

extension Request {
    /// The page asked for by `limit` and `cursor`; the route declares `QueryParameter.page`.
    /// - Throws: `invalid-cursor`; `validation-failed` for a limit out of range.
    package func page() throws(Problem) -> PageRequest {
        var limit = 20
        if let text = query("limit") {
            guard let number = Int(text), (1...100).contains(number) else {
                throw .validation("/limit", "must be from 1 to 100")
            }
            limit = number
        }
        guard let text = query("cursor") else { return PageRequest(limit: limit, cursor: nil) }
        return PageRequest(limit: limit, cursor: try Cursor.decode(text))
    }
}
