package import BSON

extension ObjectID {
    /// The id that follows from some parts: the same parts give the same id in every process, so that a retried request
    /// creates the thing that it created before.
    ///
    /// Parts are kept apart by their lengths; `["ab", "c"]` and `["a", "bc"]` give different ids.
    package static func deriving(_ parts: [String]) -> ObjectID {
        var input: [UInt8] = []
        input.reserveCapacity(parts.reduce(0) { $0 + $1.utf8.count + 4 })
        for part in parts {
            appendLength(part.utf8.count, to: &input)
            input.append(contentsOf: part.utf8)
        }
        return ObjectID(digestOf: input)
    }

    /// The same as of the name and the ids as text, for ids that are derived by the thousand.
    package static func deriving(_ name: String, _ ids: ObjectID...) -> ObjectID {
        var input: [UInt8] = []
        input.reserveCapacity(name.utf8.count + 4 + ids.count * 27)
        appendLength(name.utf8.count, to: &input)
        input.append(contentsOf: name.utf8)
        for id in ids {
            appendLength(24, to: &input)
            id.appendHex(to: &input)
        }
        return ObjectID(digestOf: input)
    }

    private init(digestOf input: [UInt8]) {
        let digest = SHA256.words(input)
        self.init(high: digest.0, low: UInt32(digest.1 >> 32))
    }

    private static func appendLength(_ length: Int, to input: inout [UInt8]) {
        if length < 100 {
            if length > 9 { input.append(UInt8(48 + length / 10)) }
            input.append(UInt8(48 + length % 10))
        } else {
            input.append(contentsOf: "\(length)".utf8)
        }
        input.append(UInt8(ascii: ":"))
    }
}
