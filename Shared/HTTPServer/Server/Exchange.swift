import CMicrohttpd
import Glibc
import Runtime

/// One request and its answer, driven by the library's callbacks. Loop-confined.
///
/// announced → receiving → handling → (suspended or waiting →) answered → completed
final class Exchange: @unchecked Sendable {  // loop: its listener's
    private enum Phase {
        case announced, receiving, handling, suspended, waiting, answered, streaming, completed

        /// Whether the library has work with it that it does by itself.
        var isUnderWay: Bool { self == .announced || self == .receiving || self == .answered }
        /// Whether an answer may still be given.
        var isOpen: Bool { self == .handling || self == .suspended || self == .waiting }
    }

    /// Bytes of a too long body that are read and dropped, so that the client gets to read its 413.
    private static let drainLimit = 16 << 20

    let connection: Connection
    let listener: Listener
    @exclusivity(unchecked) private var phase = Phase.announced {
        didSet {
            if phase.isUnderWay != oldValue.isUnderWay { listener.underWay += phase.isUnderWay ? 1 : -1 }
            if phase == .waiting { listener.waiting += 1 } else if oldValue == .waiting { listener.waiting -= 1 }
            listener.noteProgress()
        }
    }
    /// Nil once the library is done with the request: what it kept is gone.
    private(set) var handle: OpaquePointer?
    let hasQuery: Bool
    private var method: HTTPMethod?
    private(set) var target: UnsafePointer<CChar>?
    private var match = RouteMatch()
    @exclusivity(unchecked) private var body: [UInt8] = []
    private var received = 0
    @exclusivity(unchecked) private var response: Response?
    private var identity = RequestIdentity.own(0)
    private var task: Task<Void, Never>?
    /// Whether the answer comes by a call and soon, so that the library may keep asking for it.
    private var comesSoon = false
    private var output: StreamOutput?
    private var isStreamSuspended = false
    private var upgrade: WebSocketUpgrade?

    init(_ handle: OpaquePointer, connection: Connection, hasQuery: Bool) {
        self.handle = handle
        self.hasQuery = hasQuery
        self.connection = connection
        listener = connection.listener
        listener.underWay += 1
        listener.noteProgress()
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
        case .suspended, .waiting, .handling: return response == nil ? .YES : queue()
        case .answered, .streaming, .completed: return .NO
        }
    }

    /// Answers at once when the handler did not suspend, else lets the connection sleep until it has answered.
    ///
    /// Sleep takes the connection out of the library's epoll and back, and a read for nothing. A few whose answers come
    /// soon are left in: the library asks for them whenever it runs.
    private func answerOrSuspend() -> MHD_Result {
        if response != nil { return queue() }
        if comesSoon, received == 0, listener.mayWait {
            phase = .waiting
            return .YES
        }
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
        listener.noteProgress()
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
        comesSoon = chain.begin(request, on: listener.loop) { [self] in finish($0, request) }
        if comesSoon { return }
        request.keepParameters()
        let task = listener.loop.spawnImmediately { [self] in
            finish(await chain.respond(to: request), request)
        }
        if response == nil { self.task = task }
    }

    private func finish(_ response: Response, _ request: Request) {
        guard phase.isOpen else { return HTTPMetrics.unheardAnswers.increment() }
        identity = request.identity
        self.response = response
        task = nil
        if case .events(let run) = response.body { startStream(run, lastEventID: request.header("Last-Event-ID")) }
        wake()
    }

    /// Gives up on the handler: the drain's time is over.
    func abandon() {
        guard phase.isOpen, response == nil else { return }
        task?.cancel()
        let identity = RequestIdentity(nil)
        self.identity = identity
        response = Problem.unavailable().response(requestID: identity.text)
        wake()
    }

    private func wake() {
        switch phase {
        case .suspended: if let handle { listener.resume(handle) }
        case .waiting: listener.runSoon()
        default: break
        }
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
        WireResponse.addHeaders(of: response, identity: identity, closes: listener.isDraining, to: reply)
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
        listener.noteProgress()
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
