import Domain
import HTTPServer
import JSON

/// Where a list of follows goes on: behind one of them.
struct FollowCursor: Equatable, Sendable, JSONWritable {
    let since: Instant
    let user: UserID

    init(since: Instant, user: UserID) {
        self.since = since
        self.user = user
    }

    init(_ value: JSONValue) throws(Problem) {
        guard let since = value["t"]?.int64, let user = value["u"]?.string.flatMap(UserID.init(hex:)) else {
            throw Problem(.invalidCursor)
        }
        self.init(since: Instant(milliseconds: since), user: user)
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("t", since.milliseconds)
            $0.field("u", user.hex)
        }
    }
}
