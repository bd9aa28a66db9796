import Runtime

/// Sleeps on the loop that the task runs on, where there is one.
func pause(_ duration: Duration) async throws {
    if let loop = EventLoop.current {
        try await loop.sleep(for: duration)
    } else {
        try await Task.sleep(for: duration)
    }
}
