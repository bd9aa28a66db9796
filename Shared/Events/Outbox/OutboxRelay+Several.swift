package import Lifecycle

extension [Outbox] {
    /// One worker for the outboxes of several collections.
    package var relays: any Service {
        ServiceBody {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for outbox in self { tasks.addTask { try await outbox.relay.run() } }
                try await tasks.waitForAll()
            }
        }
    }
}
