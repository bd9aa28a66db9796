package import ServiceKit

/// Asks for pictures, paints them, keeps them, serves them.
package enum GenerationService {
    package static let definition = ServiceDefinition(
        name: "generation", summary: "Pictures from prompts: models, quotas, holds, painting, files.",
        variables: Variable.generation,
        routes: { context in
            let parts = try GenerationParts(context)
            let store = parts.store
            context.health.depend(on: "object-store", critical: false) { try await store.ping() }
            return parts.routes
        },
        workers: [
            .init("dispatch", "Paints the pictures that are queued.") { context in
                try GenerationParts(context).dispatcher()
            },
            .init("outbox", "Publishes events that an interrupted process left behind.") { context in
                try GenerationParts(context).generations.outbox.relay
            },
            .init("sweeper", "Finishes what a crash left: holds, queue, files.") { context in
                try GenerationParts(context).sweeper()
            },
        ])
}
