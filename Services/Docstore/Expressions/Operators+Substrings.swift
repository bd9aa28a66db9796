import BSON

extension ExpressionOperator {
    static let substrings: [ExpressionOperator] = [
        .init("$substrBytes", 3, substringBytes),
        .init("$substr", 3, substringBytes),
        .init("$substrCP", 3) { arguments in
            let scalars = try arguments.text(0).unicodeScalars
            let start = try arguments.int(1, else: 34450, notWhole: 34451)
            let length = try arguments.int(2, else: 34452, notWhole: 34453)
            guard length >= 0 else { throw arguments.wrong(2, "a number of at least 0", 34454) }
            guard start >= 0 else { throw arguments.wrong(1, "a number of at least 0", 34455) }
            return .string(String(scalars.dropFirst(start).prefix(length)))
        },
        .init("$indexOfBytes", 2...4, nulls: .first) { arguments in
            let text = Array(try arguments.string(0, else: 40091).utf8)
            let part = Array(try arguments.string(1, else: 40092).utf8)
            let place = try arguments.searchRange(count: text.count).flatMap { text.firstOccurrence(of: part, in: $0) }
            return .int32(place.map(Int32.init) ?? -1)
        },
        .init("$indexOfCP", 2...4, nulls: .first) { arguments in
            let text = Array(try arguments.string(0, else: 40093).utf8)
            let part = Array(try arguments.string(1, else: 40094).utf8)
            // Places are counted in code points: those of the first bytes of characters.
            let starts = text.indices.filter { !text[$0].isContinuation } + [text.count]
            guard let range = try arguments.searchRange(count: starts.count - 1),
                let byte = text.firstOccurrence(of: part, in: starts[range.lowerBound]..<starts[range.upperBound])
            else { return -1 }
            return .int32(starts.firstIndex(of: byte).map(Int32.init) ?? -1)
        },
    ]

    private static func substringBytes(_ arguments: Arguments) throws(CommandError) -> BSONValue? {
        let bytes = Array(try arguments.text(0).utf8)
        let first = try arguments.number(1, else: 16034).clampedInt64
        let length = try arguments.number(2, else: 16035).clampedInt64
        guard first >= 0 else { throw arguments.wrong(1, "a number of at least 0", 50752) }
        guard first < bytes.count else { return "" }
        let start = Int(first)
        guard !bytes[start].isContinuation else {
            throw CommandError(code: 28656, "the range starts inside of a character")
        }
        let end = length < 0 || length > bytes.count - start ? bytes.count : start + Int(length)
        guard end == bytes.count || !bytes[end].isContinuation else {
            throw CommandError(code: 28657, "the range ends inside of a character")
        }
        return .string(String(decoding: bytes[start..<end], as: UTF8.self))
    }
}

extension Arguments {
    /// The optional third and fourth arguments of the searches: where to start and to end.
    /// - Returns: nil when there is nothing between them.
    func searchRange(count: Int) throws(CommandError) -> Range<Int>? {
        var bounds = [0, count]
        for place in values.indices.dropFirst(2) {
            let bound = try int(place, else: 40096, notWhole: 40096)
            guard bound >= 0 else { throw wrong(place, "a number of at least 0", 40097) }
            bounds[place - 2] = bound
        }
        let end = min(bounds[1], count)
        return bounds[0] <= end ? bounds[0]..<end : nil
    }
}
