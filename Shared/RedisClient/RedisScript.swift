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

    /// Carries the whole source: the server keeps it.
    func loadingCommand(keys: [RedisKey], arguments: [RedisArgument]) -> RedisCommand {
        var prefix: [UInt8] = []
        RedisArgument.text("EVAL").append(to: &prefix)
        RedisArgument.bytes(source).append(to: &prefix)
        return RedisCommand(prefix: prefix, count: 2, keys: keys, arguments: arguments)
    }
}
