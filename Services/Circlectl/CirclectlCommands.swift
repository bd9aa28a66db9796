package import ServiceKit

/// What operators do by hand.
package enum CirclectlCommands {
    package static let definition = ServiceDefinition(
        name: "circlectl", summary: "operators' hands: accounts, roles and dead letters.",
        commands: [
            .init(
                "users", usage: "users verify-email|set-tier|ban|shadow-ban|unban USER …",
                "USER is a name, an address or an id. set-tier USER free|pro|premium [--until TIME]; ban and shadow-ban take --reason TEXT."
            ) { context, arguments in
                try await AccountCommand(arguments: arguments, group: "users").run(AccountOperations(context))
            },
            .init(
                "roles", usage: "roles grant|revoke USER moderator|admin", "Tokens show it from their next refresh on."
            ) {
                context, arguments in
                try await AccountCommand(arguments: arguments, group: "roles").run(AccountOperations(context))
            },
            .init(
                "dead-letters", usage: "dead-letters list|show|replay [GROUP] [LETTER…|--all]",
                "What groups have failed at: list [GROUP] [--limit N], show GROUP LETTER, replay GROUP LETTER…|--all."
            ) { context, arguments in
                try await DeadLetterCommand(arguments: arguments).run(on: context.redis)
            },
        ])
}
