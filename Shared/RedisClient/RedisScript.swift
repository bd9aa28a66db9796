/// A Lua script, run by its digest and loaded again wherever the server does not know it.
package struct RedisScript: Sendable {
    package let sha1: String
    let source: [UInt8]
    private let byDigest: [UInt8]

    /// - Parameter source: `PackageResources.name_lua`.
    package init(_ source: [UInt8]) {
        self.source = source
        sha1 = SHA1.hex(source)
        var prefix: [UInt8] = []
        RedisArgument.text("EVALSHA").append(to: &prefix)
        RedisArgument.text(sha1).append(to: &prefix)
        byDigest = prefix
    }

    package init(_ source: String) { self.init(Array(source.utf8)) }

    /// The usual form.
    package func command(keys: [RedisKey], arguments: [RedisArgument]) -> RedisCommand {
        RedisCommand(prefix: byDigest, count: 2, keys: keys, arguments: arguments)
    }

    /// The usual form of a call that is too frequent for keys and arguments as values.
    ///
    /// - Parameters:
    ///   - keys: how many of what `write` writes are keys; they come first.
    ///   - arguments: how many come after them.
    ///   - capacity: bytes that the whole call mostly takes.
    package func command(
        keys: Int, arguments: Int, capacity: Int = 512, _ write: (inout RedisCommandWriter) -> Void
    ) -> RedisCommand {
        RedisCommand(prefix: byDigest, keys: keys, arguments: arguments, capacity: capacity, write)
    }

    /// A call that the server did not know, with the whole source: the server keeps it.
    func loadingCommand(_ call: RedisCommand) -> RedisCommand {
        var prefix: [UInt8] = []
        RedisArgument.text("EVAL").append(to: &prefix)
        RedisArgument.bytes(source).append(to: &prefix)
        return RedisCommand(call, replacing: prefix)
    }
}
