import Runtime

/// Connections of one task, for commands that block. They are opened on first use, and closed with `close`.
package final class RedisDedicated: Sendable {
    private let client: RedisClient
    private let loop: EventLoop

    init(_ client: RedisClient, loop: EventLoop) {
        self.client = client
        self.loop = loop
    }

    /// Runs a command that may block for `block`; a cancelled task gets `cancelled` at once, and the connection closes.
    package func send(_ command: RedisCommand, blocking block: Duration) async throws(RedisError) -> RedisReply {
        let client = client
        if Task.isCancelled { throw .cancelled }
        let result: RedisResult = await withTaskCancellationHandler {
            do throws(RedisError) {
                return .success(try await client.send(command, deadline: block + client.options.deadline))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interrupt()
        }
        return try result.get()
    }

    /// Ends the command under way with `cancelled`; the next one connects anew.
    package func interrupt() {
        let client = client
        loop.spawn { await client.close() }
    }

    package func close() async { await client.close() }
}
