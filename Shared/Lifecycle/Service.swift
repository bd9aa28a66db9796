/// Something that runs for as long as the process does: a server, a worker, a feed.
package protocol Service: Sendable {
    /// Runs until it is told to stop (`ShutdownSignal.current`), finishes what is under way, and returns.
    ///
    /// Returning early means that there is nothing left to do: the others go on. Throwing means that the process cannot
    /// go on: the others are stopped. A cancelled task is past its drain deadline and should return at once.
    func run() async throws
}

/// A service made of a closure.
package struct ServiceBody: Service {
    private let body: @Sendable () async throws -> Void

    package init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    package func run() async throws { try await body() }
}
