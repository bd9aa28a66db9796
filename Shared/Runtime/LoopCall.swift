/// Something of a loop's that waits for a value, callable from any thread: it runs on its loop.
package struct LoopCall<Value: Sendable>: @unchecked Sendable {  // loop: `loop`
    private let loop: EventLoop
    private let body: (Value) -> Void

    /// Call on the loop.
    package init(on loop: EventLoop, _ body: @escaping (Value) -> Void) {
        loop.assertInLoop()
        self.loop = loop
        self.body = body
    }

    /// On its own loop during this call, else soon.
    package func callAsFunction(_ value: Value) {
        if loop.isCurrent { return body(value) }
        loop.execute { body(value) }
    }
}
