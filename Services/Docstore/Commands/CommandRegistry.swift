/// Every command, by each of its names.
enum CommandRegistry {
    static let commands: [any Command.Type] = [
        // Handshake and diagnostics
        HelloCommand.self, PingCommand.self, BuildInfoCommand.self, WhatsMyURICommand.self, ServerStatusCommand.self,
        HostInfoCommand.self, GetCmdLineOptsCommand.self, GetParameterCommand.self, GetLogCommand.self,
        ConnectionStatusCommand.self, ListCommandsCommand.self, ReplSetGetStatusCommand.self, DbStatsCommand.self,
        CollStatsCommand.self,
        // Collections and indexes
        ListDatabasesCommand.self, ListCollectionsCommand.self, CreateCommand.self, CollModCommand.self,
        DropCommand.self, DropDatabaseCommand.self, CreateIndexesCommand.self, ListIndexesCommand.self,
        DropIndexesCommand.self,
        // Documents
        InsertCommand.self, UpdateCommand.self, DeleteCommand.self, FindAndModifyCommand.self, FindCommand.self,
        GetMoreCommand.self, KillCursorsCommand.self, AggregateCommand.self, CountCommand.self, DistinctCommand.self,
        ExplainCommand.self,
        // Sessions
        StartSessionCommand.self, RefreshSessionsCommand.self, EndSessionsCommand.self, KillSessionsCommand.self,
        KillAllSessionsCommand.self, CommitTransactionCommand.self, AbortTransactionCommand.self,
        // Tests of clients
        ConfigureFailPointCommand.self,
    ]

    static let byName: [String: any Command.Type] = {
        var names: [String: any Command.Type] = [:]
        for command in commands {
            for name in [command.name] + command.aliases { names[name] = command }
        }
        return names
    }()
}
