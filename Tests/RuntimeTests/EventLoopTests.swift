import Glibc
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test func `a task spawned on a loop stays on it across suspensions`() async throws {
        let loop = try EventLoop(label: "test")
        let stayed = await loop.spawn {
            var stayed = EventLoop.current === loop
            for _ in 0..<100 {
                await Task.yield()
                stayed = stayed && EventLoop.current === loop
            }
            async let child = EventLoop.current === loop
            return await child && stayed
        }.value
        #expect(stayed)
        await loop.stop()
    }

    @Test func `work from many threads runs once each, on the loop`() async throws {
        let loop = try EventLoop(label: "test")
        let count = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<200 {
                        loop.execute {
                            loop.assertInLoop()
                            count.withLock { $0 += 1 }
                        }
                    }
                }
            }
        }
        await loop.spawn {}.value
        #expect(count.withLock { $0 } == 10_000)
        await loop.stop()
    }

    @Test func `an immediate task runs to its first suspension before the call returns`() async throws {
        let loop = try EventLoop(label: "test")
        let order = Locked<[String]>([])
        await loop.spawn {
            let task = loop.spawnImmediately {
                order.withLock { $0.append("inline") }
                await Task.yield()
                order.withLock { $0.append(EventLoop.current === loop ? "after" : "elsewhere") }
            }
            order.withLock { $0.append("returned") }
            await task.value
        }.value
        #expect(order.withLock { $0 } == ["inline", "returned", "after"])
        await loop.stop()
    }

    @Test func `timers fire in order, and a cancelled one does not`() async throws {
        let loop = try EventLoop(label: "test")
        let fired = Locked<[Int]>([])
        await withCheckedContinuation { continuation in
            loop.execute {
                for delay in [30, 10, 20] {
                    loop.schedule(after: .milliseconds(delay)) { fired.withLock { $0.append(delay) } }
                }
                let cancelled = loop.schedule(after: .milliseconds(15)) { fired.withLock { $0.append(15) } }
                cancelled.cancel()
                loop.schedule(after: .milliseconds(40)) { continuation.resume() }
            }
        }
        #expect(fired.withLock { $0 } == [10, 20, 30])
        await loop.stop()
    }

    @Test func `ten thousand cancelled timers leave nothing behind`() async throws {
        let loop = try EventLoop(label: "test")
        let fired = Locked(0)
        await loop.spawn {
            for _ in 0..<10_000 {
                loop.schedule(after: .seconds(60)) { fired.withLock { $0 += 1 } }.cancel()
            }
        }.value
        try await loop.sleep(for: .milliseconds(1))
        #expect(fired.withLock { $0 } == 0)
        await loop.stop()
    }

    @Test func `sleep ends early when its task is cancelled`() async throws {
        let loop = try EventLoop(label: "test")
        let clock = ContinuousClock()
        let start = clock.now
        let task = Task { try await loop.sleep(for: .seconds(60)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.now - start < .seconds(10))
        await loop.stop()
    }

    @Test func `a descriptor's handler is called when it is readable and not after cancelling`() async throws {
        let loop = try EventLoop(label: "test")
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let reader = ends[0]
        let writer = ends[1]
        let byte: UInt8 = await withCheckedContinuation { continuation in
            loop.execute {
                let token = Locked<WatchToken?>(nil)
                let watch = try? loop.watch(fd: reader, events: .readable) { _ in
                    var byte: UInt8 = 0
                    _ = read(reader, &byte, 1)
                    token.withLock { $0 }?.cancel()
                    continuation.resume(returning: byte)
                }
                token.withLock { $0 = watch }
                var sent: [UInt8] = [42, 43]
                _ = write(writer, &sent, 2)
            }
        }
        #expect(byte == 42)
        await loop.stop()
        close(reader)
        close(writer)
    }

    @Test func `the Redis hook of a tick comes after the HTTP hook and what that started`() async throws {
        let loop = try EventLoop(label: "test")
        let order = Locked<[String]>([])
        await withCheckedContinuation { continuation in
            loop.execute {
                let redis = loop.onTickEnd(priority: .redis) { order.withLock { $0.append("redis") } }
                let http = loop.onTickEnd(priority: .http) {
                    order.withLock { $0.append("http") }
                    loop.spawn { order.withLock { $0.append("task") } }
                }
                loop.schedule(after: .zero) {
                    loop.execute {
                        redis.cancel()
                        http.cancel()
                        continuation.resume()
                    }
                }
            }
        }
        #expect(order.withLock { Array($0.prefix(3)) } == ["http", "task", "redis"])
        await loop.stop()
    }
}
