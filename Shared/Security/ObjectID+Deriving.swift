package import BSON

extension ObjectID {
    /// The id that follows from some parts: the same parts give the same id in every process, so that a retried request
    /// creates the thing that it created before.
    ///
    /// Parts are kept apart by their lengths; `["ab", "c"]` and `["a", "bc"]` give different ids.
    package static func deriving(_ parts: [String]) -> ObjectID {
        var input: [UInt8] = []
        for part in parts {
            input.append(contentsOf: "\(part.utf8.count):".utf8)
            input.append(contentsOf: part.utf8)
        }
        guard let id = ObjectID(bytes: SHA256.hash(input).prefix(12)) else {
            preconditionFailure("a digest has more than 12 bytes")
        }
        return id
    }
}
