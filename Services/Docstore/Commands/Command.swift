import BSON

struct Command: Sendable {
    struct Traits: OptionSet {
        let rawValue: Int

        /// May be part of a multi-document transaction.
        static let inTransaction = Traits(rawValue: 1)
        /// Takes a transaction number outside of a transaction: a retry gets the first reply.
        static let retryable = Traits(rawValue: 2)
        /// Takes a write concern though it cannot be sent again.
        static let writes = Traits(rawValue: 4)
        static let adminOnly = Traits(rawValue: 8)
        /// Looks after sessions by itself.
        static let endsTransaction = Traits(rawValue: 16)
        static let testOnly = Traits(rawValue: 32)
        /// Drivers newer than the server say more when they say hello.
        static let ignoresUnknown = Traits(rawValue: 64)
    }

    let name: String
    let aliases: [String]
    let traits: Traits
    let options: Options
    let run: @Sendable (CommandContext) throws -> CommandReply

    init(
        _ name: String, aliases: [String] = [], _ traits: Traits = [], options: Options = [:],
        run: @escaping @Sendable (CommandContext) throws -> CommandReply
    ) {
        self.name = name
        self.aliases = aliases
        self.traits = traits
        self.options = options.ofCommand
        self.run = run
    }

    static let all: [Command] =
        [
            listDatabases, listCollections, create, collMod, drop, dropDatabase, createIndexes, listIndexes,
            dropIndexes, insert, update, delete, findAndModify, find, getMore, killCursors, aggregate, count, distinct,
            explain, configureFailPoint,
        ] + diagnostics + sessions

    static let byName = Dictionary(
        uniqueKeysWithValues: all.flatMap { command in ([command.name] + command.aliases).map { ($0, command) } })
}
