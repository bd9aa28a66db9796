import Domain
import HTTPServer
import Runtime

/// One person's WebSocket. Loop-confined.
final class RealtimeConnection: @unchecked Sendable {  // loop: its socket's
    let number: Int
    let socket: WebSocketConnection
    private(set) var caller: Caller
    private(set) var posts: Set<PostID> = []
    /// Frames are held back until the replay of what was missed is out, so that they stay in order.
    private var held: [Frame]? = []
    private var lastID: String
    private var expiry: TimerHandle?

    init(number: Int, socket: WebSocketConnection, caller: Caller, after: String?) {
        self.number = number
        self.socket = socket
        self.caller = caller
        lastID = after ?? "0-0"
    }

    /// Ends the replay: frames that came meanwhile follow, each once.
    func start(_ missed: [Frame]) {
        for frame in missed { write(frame) }
        let waiting = held ?? []
        held = nil
        for frame in waiting where Self.isLater(frame.id, than: lastID) { write(frame) }
    }

    func send(_ frame: Frame) {
        if held == nil { write(frame) } else { held?.append(frame) }
    }

    /// A figure without a place of its own: it carries the place of the last frame, so that `after` stays right.
    func sendVotes(_ data: [UInt8], at: String) {
        guard held == nil else { return }
        socket.send(utf8: Frame(id: lastID, type: "post.votes", at: at, data: data).text)
    }

    /// Says that frames were missed which nobody kept: the client asks for what it shows.
    func resync(at: String) {
        socket.send(utf8: Frame(id: lastID, type: "resync", at: at, data: Array("{}".utf8)).text)
    }

    func renew(_ caller: Caller) { self.caller = caller }

    func subscribe(_ wanted: [PostID]) -> Bool {
        let all = posts.union(wanted)
        guard all.count <= ClientMessage.mostPosts else { return false }
        posts = all
        return true
    }

    func unsubscribe(_ posts: [PostID]) { self.posts.subtract(posts) }

    /// Closes the socket when the token ends, unless it is renewed before.
    func watchExpiry(now: Instant) {
        expiry?.cancel()
        expiry = socket.loop.schedule(after: max(.zero, caller.tokenExpiresAt - now)) { [socket] in
            socket.close(.unauthenticated, "the token has expired")
        }
    }

    func ended() {
        expiry?.cancel()
        expiry = nil
    }

    private func write(_ frame: Frame) {
        lastID = frame.id
        socket.send(utf8: frame.text)
    }

    private static func isLater(_ id: String, than other: String) -> Bool {
        guard let id = StreamPlace(id), let other = StreamPlace(other) else { return true }
        return other < id
    }
}

/// `milliseconds-sequence`, compared as numbers.
private struct StreamPlace: Comparable {
    let milliseconds: UInt64
    let sequence: UInt64

    init?(_ text: String) {
        let parts = text.split(separator: "-").map { UInt64($0) }
        guard parts.count == 2, let milliseconds = parts[0], let sequence = parts[1] else { return nil }
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}
