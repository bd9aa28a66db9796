package import ServiceKit

/// Accounts, sessions, tokens and profiles.
package enum AuthService {
    package static let definition = ServiceDefinition(
        name: "auth", summary: "accounts, sessions, tokens and profiles.", variables: AuthConfiguration.variables,
        routes: { try AuthParts($0).routes() },
        workers: [
            .init("outbox", "Publishes events that an interrupted process left behind.") { context in
                AuthWorkers.outbox(try AuthParts(context))
            },
            .init("projections", "Keeps profiles up to date with other services' facts; carries out bans.") { context in
                AuthWorkers.projections(try AuthParts(context))
            },
            .init("keys", "Replaces signing keys in time; refills the stream of revocations.") { context in
                AuthWorkers.keys(try AuthParts(context))
            },
        ])
}
