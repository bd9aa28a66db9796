import Runtime
import Telemetry

/// One loop's connections: one to the server, or one to each node of a cluster, chosen by slot.
///
/// A cluster's map is learnt lazily: a command for an unknown slot goes to any node, whose MOVED teaches the slot and
/// starts a reading of the whole map.
final class RedisRouter: @unchecked Sendable {  // loop: `loop`
    let loop: EventLoop
    private let url: RedisURL
    private let options: RedisOptions
    private var connections: [RedisAddress: RedisConnection] = [:]
    private let single: RedisConnection?
    private var owners: [RedisAddress?]
    private var isReadingMap = false
    private var mapReadAt: UInt64 = 0
    private var isClosed = false

    init(loop: EventLoop, url: RedisURL, options: RedisOptions) {
        self.loop = loop
        self.url = url
        self.options = options
        if url.isCluster {
            single = nil
            owners = Array(repeating: nil, count: RedisSlot.count)
        } else {
            let connection = RedisConnection(loop: loop, address: url.addresses[0], url: url, options: options)
            single = connection
            connections[connection.address] = connection
            owners = []
        }
    }

    /// - Parameters:
    ///   - target: where a redirection or a retry leads; nil for the slot's owner as far as it is known.
    ///   - asking: whether an ASKING goes first.
    func submit(_ command: RedisCommand, to target: RedisAddress?, asking: Bool, _ pending: PendingReply) {
        loop.assertInLoop()
        if let single { return single.submit(command.bytes, pending) }
        guard !isClosed else { return pending.answer(.failure(.cancelled)) }
        let address = target ?? command.slot.flatMap { owners[Int($0)] } ?? anyNode
        connection(address).submit(command.bytes, after: asking ? Self.asking.bytes : nil, pending)
    }

    /// Of one server: what was submitted leaves with this tick.
    func hurry() { single?.hurry() }

    private static let asking: RedisCommand = ["ASKING"]

    /// A node that is known, chosen at random, so that one that is away is not asked again and again.
    var anyNode: RedisAddress {
        let known = Set(owners.compactMap { $0 }).union(url.addresses)
        return known.randomElement() ?? url.addresses[0]
    }

    /// Every node that owns slots; the one server without a cluster.
    var nodes: [RedisAddress] {
        guard url.isCluster else { return url.addresses }
        return Array(Set(owners.compactMap { $0 }))
    }

    /// The slot has moved for good.
    func moved(slot: Int, to address: RedisAddress) {
        loop.assertInLoop()
        guard owners.indices.contains(slot) else { return }
        owners[slot] = address
        readMap()
    }

    func close() {
        loop.assertInLoop()
        isClosed = true
        for connection in connections.values { connection.close() }
        connections = [:]
    }

    private func connection(_ address: RedisAddress) -> RedisConnection {
        if let known = connections[address] { return known }
        let connection = RedisConnection(loop: loop, address: address, url: url, options: options)
        connections[address] = connection
        return connection
    }

    // MARK: The map

    /// Reads `CLUSTER SLOTS` from any node, once at a time and at most every half second.
    func readMap() {
        loop.assertInLoop()
        let now = EventLoop.monotonicNanoseconds()
        guard url.isCluster, !isClosed, !isReadingMap, now - mapReadAt > 500_000_000 else { return }
        isReadingMap = true
        let asked = anyNode
        loop.spawn { [self] in
            let result = await withUnsafeContinuation { continuation in
                let deadline = EventLoop.monotonicNanoseconds() + options.deadline.clampedNanoseconds
                submit(
                    ["CLUSTER", "SLOTS"], to: asked, asking: false,
                    PendingReply(.caller(continuation), deadline: deadline))
            }
            isReadingMap = false
            mapReadAt = EventLoop.monotonicNanoseconds()
            if case .success(.array(let ranges)) = result { learn(ranges, from: asked) }
        }
    }

    /// Each range is `first, last, [host, port, …], replicas…`; an empty host is the node that was asked.
    private func learn(_ ranges: [RedisReply], from asked: RedisAddress) {
        var map = [RedisAddress?](repeating: nil, count: RedisSlot.count)
        for range in ranges {
            guard let parts = range.array, parts.count > 2, let first = parts[0].integer, let last = parts[1].integer,
                let node = parts[2].array, node.count > 1, let port = node[1].integer,
                first >= 0, last < RedisSlot.count, first <= last
            else { continue }
            let host = node[0].text ?? ""
            let address = RedisAddress(host: host.isEmpty ? asked.host : host, port: Int(port))
            for slot in first...last { map[Int(slot)] = address }
        }
        let nodes = Set(map.compactMap { $0 })
        guard !nodes.isEmpty else { return }
        owners = map
        for (address, connection) in connections where !nodes.contains(address) && !url.addresses.contains(address) {
            connection.close()
            connections[address] = nil
        }
    }
}

/// `MOVED slot host:port` or `ASK slot host:port`.
struct RedisRedirection: Equatable {
    let isPermanent: Bool
    let slot: Int
    let address: RedisAddress

    /// - Parameter asked: the host to take where the server leaves it out.
    init?(_ error: RedisServerError) {
        guard error.code == "MOVED" || error.code == "ASK" else { return nil }
        let parts = error.message.split(separator: " ")
        guard parts.count == 2, let slot = Int(parts[0]), let address = RedisAddress(parts[1]) else { return nil }
        isPermanent = error.code == "MOVED"
        self.slot = slot
        self.address = address
    }
}
