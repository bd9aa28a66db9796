import CMicrohttpd
import Glibc
import Runtime
import Telemetry

/// One request and its answer, driven by the library's callbacks. Loop-confined.
///
/// announced → receiving → handling → (suspended →) answered → completed
final class Exchange: @unchecked Sendable {  // loop: its listener's
    private enum Phase {
        case announced, receiving, handling, suspended, answered, streaming, completed
    }

    /// Bytes of a too long body that are read and dropped, so that the client gets to read its 413.
    private static let drainLimit = 16 << 20

    let connection: Connection
    private let listener: Listener
    private var phase = Phase.announced
    /// Nil once the library is done with the request: what it kept is gone.
    private var handle: OpaquePointer?
    let hasQuery: Bool
    private var method: HTTPMethod?
    private var target: UnsafePointer<CChar>?
    private var match = RouteMatch()
    private var body: [UInt8] = []
    private var received = 0
    private var response: Response?
    private var requestID = ""
    private var task: Task<Void, Never>?
    private var output: StreamOutput?
    private var isStreamSuspended = false
    private var upgrade: WebSocketUpgrade?

    init(_ handle: OpaquePointer, connection: Connection, hasQuery: Bool) {
        self.handle = handle
        self.hasQuery = hasQuery
        self.connection = connection
        listener = connection.listener
    }

    // MARK: Reading

    /// The library's access handler: called for the headers, for each piece of the body, at its end, and after a resume.
    func advance(
        url: UnsafePointer<CChar>, method: UnsafePointer<CChar>, upload: UnsafePointer<CChar>?,
        uploadSize: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        switch phase {
        case .announced:
            begin(url: url, method: method)
            return phase == .receiving ? .YES : answerOrSuspend()
        case .receiving where uploadSize.pointee > 0:
            receive(UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee))
            uploadSize.pointee = 0
            return .YES
        case .receiving:
            dispatch()
            return answerOrSuspend()
        case .suspended, .handling: return response == nil ? .YES : queue()
        case .answered, .streaming, .completed: return .NO
        }
    }

    /// Answers at once when the handler did not suspend, else lets the connection sleep until it has answered.
    private func answerOrSuspend() -> MHD_Result {
        if response != nil { return queue() }
        phase = .suspended
        MHD_suspend_connection(handle)
        return .YES
    }

    private func begin(url: UnsafePointer<CChar>, method: UnsafePointer<CChar>) {
        phase = .receiving
        connection.deadline = listener.loop.now &+ listener.times.read
        self.method = HTTPMethod(bytes: method)
        target = url
        let path = UnsafeRawBufferPointer(start: url, count: strlen(url))
        match = listener.router.match(self.method, path.assumingMemoryBound(to: UInt8.self))
        guard self.method?.isSafe != true,
            let text = MHD_lookup_connection_value(handle, .HEADER_KIND, "Content-Length")
        else { return }
        let length = strtol(text, nil, 10)
        if length <= listener.configuration.bodyLimit {
            body.reserveCapacity(length)
        } else if length > Self.drainLimit || header("Expect") != nil {
            received = length
            dispatch()
        }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        received += bytes.count
        if received <= listener.configuration.bodyLimit {
            body.append(contentsOf: bytes)
        } else if received > Self.drainLimit {
            connection.shutDown()
        } else {
            body = []
        }
    }

    // MARK: Handling

    private func dispatch() {
        phase = .handling
        connection.deadline = .max
        let tooLarge = received > listener.configuration.bodyLimit
        let request = Request(
            method: method, body: body, match: match, refusal: tooLarge ? Problem(.bodyTooLarge) : nil,
            remoteAddress: connection.peer, source: self)
        body = []
        let chain = listener.chain
        if let response = chain.respondAtOnce(to: request) { return finish(response, request) }
        let task = listener.loop.spawnImmediately { [self] in
            finish(await chain.respond(to: request), request)
        }
        if response == nil { self.task = task }
    }

    private func finish(_ response: Response, _ request: Request) {
        guard phase == .handling || phase == .suspended else { return }
        requestID = request.requestID
        self.response = response
        task = nil
        if case .events(let run) = response.body { startStream(run, lastEventID: request.header("Last-Event-ID")) }
        if phase == .suspended, let handle { listener.resume(handle) }
    }

    /// Gives up on the handler: the drain's time is over.
    func abandon() {
        guard phase == .handling || phase == .suspended, response == nil else { return }
        task?.cancel()
        response = Problem.unavailable().response(requestID: requestID)
        if phase == .suspended, let handle { listener.resume(handle) }
    }

    // MARK: Answering

    private func queue() -> MHD_Result {
        guard let handle, let response else { return .NO }
        phase = .answered
        self.response = nil
        let reply: OpaquePointer?
        switch response.body {
        case .empty: reply = WireResponse.empty()
        case .bytes(let bytes): reply = WireResponse.bytes(bytes)
        case .events: reply = WireResponse.stream(self)
        case .webSocket(let upgrade):
            self.upgrade = upgrade
            reply = WireResponse.upgrade(self)
        }
        guard let reply else { return .NO }
        defer { MHD_destroy_response(reply) }
        WireResponse.addHeaders(of: response, requestID: requestID, closes: listener.isDraining, to: reply)
        connection.deadline = listener.loop.now &+ listener.times.write
        if output != nil {
            phase = .streaming
            connection.deadline = .max
        }
        return MHD_queue_response(handle, UInt32(response.status.rawValue), reply)
    }

    // MARK: Streams

    private func startStream(_ run: @escaping @Sendable (EventStream) async -> Void, lastEventID: String?) {
        let output = StreamOutput()
        self.output = output
        output.append(Array(": open\n\n".utf8))
        output.onChange = { [weak self] in self?.wakeStream() }
        listener.streams[ObjectIdentifier(self)] = output
        let stream = EventStream(lastEventID: lastEventID, output: output)
        task = listener.loop.spawn {
            await run(stream)
            output.finish()
        }
    }

    private func wakeStream() {
        guard isStreamSuspended, let handle else { return }
        isStreamSuspended = false
        listener.resume(handle)
    }

    /// The library's content reader. Sleeps when there is nothing, else the library would ask again and again.
    func readStream(into space: UnsafeMutableRawBufferPointer) -> Int {
        guard let output, let handle else { return WireResponse.endOfStream }
        if !output.isEmpty { return output.take(into: space) }
        if output.isFinished { return WireResponse.endOfStream }
        isStreamSuspended = true
        MHD_suspend_connection(handle)
        return 0
    }

    /// The client has its 101, and the socket is ours.
    func upgraded(_ descriptor: Int32, early: [UInt8]) {
        guard let upgrade else { return }
        self.upgrade = nil
        WebSocketSession(descriptor: descriptor, early: early, limits: upgrade.limits, listener: listener)
            .open(upgrade.onOpen)
    }

    /// The library is done: the answer is out, or the client is gone.
    func complete() {
        phase = .completed
        handle = nil
        target = nil
        if let output {
            listener.streams[ObjectIdentifier(self)] = nil
            output.close()
        }
        if let task {
            task.cancel()
            self.task = nil
        }
        connection.exchange = nil
        connection.deadline = listener.loop.now &+ listener.times.idle
    }
}

extension Exchange: RequestSource {
    var path: String { target.map { String(cString: $0) } ?? "" }

    var logger: Logger { listener.logger }

    func header(_ name: String) -> String? { value(name, .HEADER_KIND) }

    func headerBytes(_ name: String) -> [UInt8]? { bytes(name, .HEADER_KIND) { Array($0) } }

    func query(_ name: String) -> String? { hasQuery ? value(name, .GET_ARGUMENT_KIND) : nil }

    private func value(_ name: String, _ kind: MHD_ValueKind) -> String? {
        bytes(name, kind) { String(decoding: $0, as: UTF8.self) }
    }

    private func bytes<Result>(
        _ name: String, _ kind: MHD_ValueKind, _ read: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        guard let handle else { return nil }
        return name.withCString { key in
            var value: UnsafePointer<CChar>?
            var length = 0
            let found = MHD_lookup_connection_value_n(handle, kind, key, name.utf8.count, &value, &length)
            guard found == .YES else { return nil }
            // A parameter without a value, as in `?verbose`, is there and is empty.
            guard let value else {
                return kind == .GET_ARGUMENT_KIND ? read(UnsafeRawBufferPointer(start: nil, count: 0)) : nil
            }
            return read(UnsafeRawBufferPointer(start: value, count: length))
        }
    }

    func headers(_ name: String) -> [String] {
        guard let handle else { return [] }
        var found = HeaderSearch(name: name)
        withUnsafeMutablePointer(to: &found) { found in
            _ = MHD_get_connection_values(
                handle, .HEADER_KIND,
                { context, _, name, value in
                    guard let context, let name, let value else { return .YES }
                    context.assumingMemoryBound(to: HeaderSearch.self).pointee.see(name, value)
                    return .YES
                }, UnsafeMutableRawPointer(found))
        }
        return found.values
    }
}

private struct HeaderSearch {
    let name: String
    var values: [String] = []

    mutating func see(_ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>) {
        if strcasecmp(name, self.name) == 0 { values.append(String(cString: value)) }
    }
}

extension HTTPMethod {
    fileprivate init?(bytes: UnsafePointer<CChar>) {
        switch UInt8(bitPattern: bytes[0]) {
        case UInt8(ascii: "G") where strcmp(bytes, "GET") == 0: self = .get
        case UInt8(ascii: "P") where strcmp(bytes, "POST") == 0: self = .post
        case UInt8(ascii: "P") where strcmp(bytes, "PUT") == 0: self = .put
        case UInt8(ascii: "P") where strcmp(bytes, "PATCH") == 0: self = .patch
        case UInt8(ascii: "D") where strcmp(bytes, "DELETE") == 0: self = .delete
        case UInt8(ascii: "H") where strcmp(bytes, "HEAD") == 0: self = .head
        default: return nil
        }
    }
}
