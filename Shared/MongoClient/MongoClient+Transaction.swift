import Runtime

extension MongoClient {
    /// How long conflicts are retried before the caller hears of them.
    private static let patience = Duration.seconds(10)

    /// Runs `body` in a transaction and commits; all of it happens or nothing.
    ///
    /// A conflict with another transaction runs `body` again, so it must have no effects but those through the session.
    /// A commit whose answer was lost is committed again, which is safe.
    /// - Throws: what `body` throws, after rolling back; `transient` when conflicts outlast ten seconds;
    ///   `commitUnknown` when the server stays away: the transaction may have happened.
    package func withTransaction<Success: Sendable>(
        _ body: (MongoSession) async throws -> Success
    ) async throws -> Success {
        let pool = pool
        let session = try await onThread { () throws(MongoError) in try MongoSession(pool) }
        let started = ContinuousClock.now
        var attempt = 0
        while true {
            do {
                try await onThread { () throws(MongoError) in try session.startTransaction() }
                let result = try await body(session)
                try await commit(session, since: started)
                return result
            } catch {
                try? await onThread { () throws(MongoError) in session.abort() }  // the first error is what matters
                guard case MongoError.transient = error, ContinuousClock.now - started < Self.patience else {
                    throw error
                }
            }
            attempt += 1
            let limit = min(Int64(1) << min(Int64(attempt), 8), 250)
            try await pause(.milliseconds(Int64.random(in: 1...limit)))
        }
    }

    private func commit(_ session: MongoSession, since started: ContinuousClock.Instant) async throws {
        while true {
            do {
                return try await onThread { () throws(MongoError) in try session.commit() }
            } catch .commitUnknown where ContinuousClock.now - started < Self.patience {
                try await pause(.milliseconds(Int64.random(in: 5...100)))
            }
        }
    }

    private func pause(_ duration: Duration) async throws {
        if let loop = EventLoop.current {
            try await loop.sleep(for: duration)
        } else {
            try await Task.sleep(for: duration)
        }
    }
}
