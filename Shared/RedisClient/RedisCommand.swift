/// A command, encoded once, with the slot it belongs to.
package struct RedisCommand: Sendable, ExpressibleByArrayLiteral {
    let bytes: [UInt8]
    private let place: Place

    /// Where the key is found whose slot a cluster wants to know; nobody else looks for it.
    private enum Place: Sendable {
        case key(RedisKey?)
        case among([RedisArgument])
        /// The argument with this number, counted from 0, in the encoded bytes.
        case argument(Int)
    }

    package init(_ arguments: [RedisArgument]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 + arguments.count * 24)
        RESP.appendHeader(UInt8(ascii: "*"), arguments.count, to: &bytes)
        for argument in arguments { argument.append(to: &bytes) }
        self.bytes = bytes
        place = .among(arguments)
    }

    package init(arrayLiteral elements: RedisArgument...) { self.init(elements) }

    /// For commands whose first arguments are encoded once and kept, as a script's are.
    ///
    /// - Parameter prefix: `count` encoded arguments, without the array header.
    init(prefix: [UInt8], count: Int, keys: [RedisKey], arguments: [RedisArgument]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.count + 32 + (keys.count + arguments.count) * 32)
        RESP.appendHeader(UInt8(ascii: "*"), count + 1 + keys.count + arguments.count, to: &bytes)
        bytes.append(contentsOf: prefix)
        RedisArgument.integer(Int64(keys.count)).append(to: &bytes)
        for key in keys { RedisArgument.text(key.text).append(to: &bytes) }
        for argument in arguments { argument.append(to: &bytes) }
        self.bytes = bytes
        place = .key(keys.first)
    }

    /// For commands that name entries of one stream by the thousand.
    ///
    /// - Parameters:
    ///   - head: up to the first id; the stream is its second argument.
    ///   - tail: what follows the last one.
    package init(_ head: [RedisArgument], ids: [RedisStreamID], _ tail: [RedisArgument] = []) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + head.count * 32 + ids.count * 26 + tail.count * 16)
        RESP.appendHeader(UInt8(ascii: "*"), head.count + ids.count + tail.count, to: &bytes)
        for argument in head { argument.append(to: &bytes) }
        var text: [UInt8] = []
        for id in ids {
            text.removeAll(keepingCapacity: true)
            id.append(to: &text)
            RESP.appendHeader(UInt8(ascii: "$"), text.count, to: &bytes)
            bytes.append(contentsOf: text)
            bytes.append(13)
            bytes.append(10)
        }
        for argument in tail { argument.append(to: &bytes) }
        self.bytes = bytes
        place = .among(head)
    }

    /// A command of `count` arguments whose second is its key, written argument by argument: for what is sent once for
    /// each of thousands of things.
    package init(arguments count: Int, capacity: Int = 512, _ write: (inout RedisCommandWriter) -> Void) {
        var writer = RedisCommandWriter(capacity: capacity)
        writer.appendArrayHeader(count)
        write(&writer)
        precondition(writer.arguments == count, "a command has other arguments than it says")
        bytes = writer.bytes
        place = .argument(1)
    }

    /// A script's call, written argument by argument.
    ///
    /// - Parameter prefix: `EVALSHA` and the digest, encoded.
    init(
        prefix: [UInt8], keys: Int, arguments: Int, capacity: Int, _ write: (inout RedisCommandWriter) -> Void
    ) {
        var writer = RedisCommandWriter(capacity: capacity)
        writer.appendArrayHeader(3 + keys + arguments)
        writer.append(encoded: prefix, arguments: 2)
        writer.argument(Int64(keys))
        write(&writer)
        precondition(writer.arguments == 3 + keys + arguments, "a command has other arguments than it says")
        bytes = writer.bytes
        place = keys > 0 ? .argument(3) : .key(nil)
    }

    /// A script's call once more, by the script's source.
    init(_ call: RedisCommand, replacing prefix: [UInt8]) {
        let words = call.words
        var writer = RedisCommandWriter(capacity: call.bytes.count + prefix.count)
        writer.appendArrayHeader(words.count)
        writer.append(encoded: prefix, arguments: 2)
        for word in words.dropFirst(2) { writer.argument(word) }
        bytes = writer.bytes
        place = call.place
    }

    /// The arguments, read from the encoded bytes.
    var words: [[UInt8]] {
        var words: [[UInt8]] = []
        var rest = bytes.drop { $0 != 10 }.dropFirst()
        while let end = rest.firstIndex(of: 13) {
            let length = rest[rest.startIndex.advanced(by: 1)..<end].reduce(0) { $0 * 10 + Int($1 & 15) }
            words.append(Array(rest[(end + 2)..<(end + 2 + length)]))
            rest = rest[(end + length + 4)...]
        }
        return words
    }

    /// Of the command's first key; nil for commands without one.
    var slot: UInt16? {
        switch place {
        case .key(let key): key?.slot
        case .among(let arguments): Self.key(of: arguments).map(RedisSlot.of)
        case .argument(let index): RedisSlot.of(words[index])
        }
    }

    /// Redis documents each command's key positions; these are the ones that are not simply "the first argument".
    private static func key(of arguments: [RedisArgument]) -> [UInt8]? {
        guard case .text(let name)? = arguments.first else { return nil }
        let position: Int
        switch name.uppercased() {
        case "PING", "INFO", "CLUSTER", "CONFIG", "CLIENT", "SCRIPT", "FLUSHALL", "FLUSHDB", "DBSIZE", "SCAN", "TIME",
            "PUBLISH", "AUTH", "SELECT", "ECHO", "WAIT", "DEBUG", "SHUTDOWN", "SAVE", "BGREWRITEAOF", "KEYS",
            "SUBSCRIBE", "ASKING", "PUBSUB", "LASTSAVE", "ROLE", "COMMAND", "HELLO", "RANDOMKEY":
            return nil
        case "EVAL", "EVALSHA":
            guard arguments.count > 3, arguments[2].utf8 != [UInt8(ascii: "0")] else { return nil }
            position = 3
        case "XREAD", "XREADGROUP":
            guard let streams = arguments.firstIndex(where: { $0.utf8 == Array("STREAMS".utf8) }) else { return nil }
            position = streams + 1
        case "XGROUP", "XINFO", "OBJECT", "MEMORY", "BITOP":
            position = 2
        case "ZUNION", "ZINTER", "ZDIFF", "SINTERCARD", "LMPOP", "ZMPOP":
            position = 2
        default:
            position = 1
        }
        return position < arguments.count ? arguments[position].utf8 : nil
    }
}
