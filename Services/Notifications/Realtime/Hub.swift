import Domain
import HTTPServer
import JSON
import RedisClient
import Runtime
import ServiceKit

/// The connections of this process, and the frames that reach them.
final class Hub: Sendable {
    static let mostPerPerson = 10

    private struct State {
        var lastNumber = 0
        var people: [UserID: [Int: RealtimeConnection]] = [:]
        var watchers: [PostID: [Int: RealtimeConnection]] = [:]
    }

    private let state = Locked(State())
    private let now: @Sendable () -> Instant

    init(now: @escaping @Sendable () -> Instant) { self.now = now }

    func nextNumber() -> Int {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    /// - Returns: false when the person has as many connections as one may have.
    func add(_ connection: RealtimeConnection, of user: UserID) -> Bool {
        state.withLock { state in
            guard state.people[user, default: [:]].count < Self.mostPerPerson else { return false }
            state.people[user, default: [:]][connection.number] = connection
            return true
        }
    }

    func remove(_ connection: RealtimeConnection, of user: UserID, watching posts: Set<PostID>) {
        state.withLock { state in
            state.people[user]?[connection.number] = nil
            if state.people[user]?.isEmpty == true { state.people[user] = nil }
            for post in posts { Self.unwatch(post, connection.number, &state) }
        }
    }

    func watch(_ posts: [PostID], _ connection: RealtimeConnection) {
        state.withLock { state in
            for post in posts { state.watchers[post, default: [:]][connection.number] = connection }
        }
    }

    func unwatch(_ posts: [PostID], _ connection: RealtimeConnection) {
        state.withLock { state in for post in posts { Self.unwatch(post, connection.number, &state) } }
    }

    private static func unwatch(_ post: PostID, _ number: Int, _ state: inout State) {
        state.watchers[post]?[number] = nil
        if state.watchers[post]?.isEmpty == true { state.watchers[post] = nil }
    }

    /// Passes on what is published, until the stream ends.
    func pass(on messages: AsyncStream<RedisPush>) async {
        for await message in messages {
            switch message {
            case .message(Mailboxes.votesChannel, let payload): announce(payload)
            case .message(_, let payload): deliver(payload)
            // Messages in between are lost: clients ask again for what they show.
            case .resubscribed: resyncAll()
            }
        }
    }

    /// Closes the connections of what was revoked.
    func revoke(_ revocation: Revocation) {
        let all = state.withLock { $0.people.values.flatMap(\.values) }
        for connection in all {
            connection.socket.loop.execute {
                guard revocation.concerns(connection.caller) else { return }
                connection.socket.close(.unauthenticated, "the session has ended")
            }
        }
    }

    private func deliver(_ payload: [UInt8]) {
        guard let (person, frame) = Frame.parse(payload), let user = UserID(hex: person) else { return }
        let connections = state.withLock { $0.people[user].map { Array($0.values) } ?? [] }
        for connection in connections { connection.socket.loop.execute { connection.send(frame) } }
    }

    private func announce(_ payload: [UInt8]) {
        let parts = String(decoding: payload, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let post = PostID(hex: String(parts[0])), let votes = Int64(parts[1]) else { return }
        let connections = state.withLock { $0.watchers[post].map { Array($0.values) } ?? [] }
        guard !connections.isEmpty else { return }
        let data = JSONWriter.bytes(PostVotes(post: post, votes: votes))
        let at = now().iso8601
        for connection in connections { connection.socket.loop.execute { connection.sendVotes(data, at: at) } }
    }

    private func resyncAll() {
        let at = now().iso8601
        let all = state.withLock { $0.people.values.flatMap(\.values) }
        for connection in all { connection.socket.loop.execute { connection.resync(at: at) } }
    }
}

extension Revocation {
    fileprivate func concerns(_ caller: Caller) -> Bool {
        switch self {
        case .session(let session): caller.sessionID == session
        case .person(let person, _): caller.userID == person
        }
    }
}

/// `post.votes`
private struct PostVotes: JSONWritable {
    let post: PostID
    let votes: Int64

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("postId", post.hex)
            $0.field("voteCount", votes)
        }
    }
}
