import Runtime

/// What a subscriber hears.
package enum RedisPush: Sendable, Equatable {
    case message(channel: String, payload: [UInt8])
    /// The connection broke and is back: messages in between are lost.
    case resubscribed
}

/// One connection that subscribes to channels for any number of listeners.
final class RedisSubscriptions: @unchecked Sendable {  // loop: `loop`
    private let loop: EventLoop
    private var connection: RedisConnection?
    private var listeners: [String: [Int: AsyncStream<RedisPush>.Continuation]] = [:]
    private var lastListener = 0
    private var wasReady = false

    init(loop: EventLoop, url: RedisURL, options: RedisOptions) {
        self.loop = loop
        // Any node of a cluster passes on what is published on another.
        let address = url.addresses.randomElement() ?? url.addresses[0]
        connection = RedisConnection(
            loop: loop, address: address, url: url, options: options,
            listener: RedisConnection.Listener(
                ready: { [weak self] in self?.resubscribe() }, heard: { [weak self] in self?.deliver($0) }))
    }

    /// The oldest messages are dropped once a listener is 4096 behind: it could not catch up anyway.
    func stream(_ channels: [String]) -> AsyncStream<RedisPush> {
        AsyncStream(bufferingPolicy: .bufferingNewest(4096)) { continuation in
            loop.execute { [self] in
                lastListener += 1
                let id = lastListener
                for channel in channels { add(channel, id, continuation) }
                continuation.onTermination = { [weak self] _ in
                    guard let self else { return }
                    self.loop.execute { self.remove(channels, id) }
                }
            }
        }
    }

    func close() {
        loop.execute { [self] in
            connection?.close()
            connection = nil
            let all = listeners.values.flatMap(\.values)
            listeners = [:]
            for listener in all { listener.finish() }
        }
    }

    private func add(_ channel: String, _ id: Int, _ listener: AsyncStream<RedisPush>.Continuation) {
        guard connection != nil else { return listener.finish() }
        let isNew = listeners[channel] == nil
        listeners[channel, default: [:]][id] = listener
        if isNew { connection?.tell(["SUBSCRIBE", .text(channel)]) }
    }

    private func remove(_ channels: [String], _ id: Int) {
        for channel in channels {
            listeners[channel]?[id] = nil
            guard listeners[channel]?.isEmpty == true else { continue }
            listeners[channel] = nil
            connection?.tell(["UNSUBSCRIBE", .text(channel)])
        }
    }

    private func resubscribe() {
        for channel in listeners.keys { connection?.tell(["SUBSCRIBE", .text(channel)]) }
        guard wasReady else {
            wasReady = true
            return
        }
        var told: Set<Int> = []
        for (id, listener) in listeners.values.flatMap({ $0 }) where told.insert(id).inserted {
            listener.yield(.resubscribed)
        }
    }

    private func deliver(_ reply: RedisReply) {
        guard let parts = reply.array, parts.count == 3, parts[0].text == "message",
            let channel = parts[1].text, let payload = parts[2].bytes
        else { return }
        for listener in listeners[channel, default: [:]].values {
            listener.yield(.message(channel: channel, payload: payload))
        }
    }
}
