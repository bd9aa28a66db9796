import Domain
import HTTPServer
import JSON

/// Where a page goes on.
enum FeedCursor: Equatable, Sendable {
    /// Behind a post in a feed by time.
    case after(createdAt: Instant, id: PostID)
    /// At a place of a snapshot.
    case snapshot(id: String, offset: Int)

    /// - Throws: `invalid-cursor` for anything that this service did not make.
    init(_ value: JSONValue) throws(Problem) {
        if let milliseconds = value["t"]?.int64, let id = value["i"]?.string.flatMap(PostID.init(hex:)) {
            self = .after(createdAt: Instant(milliseconds: milliseconds), id: id)
        } else if let id = value["s"]?.string, Self.isSnapshotID(id), let offset = value["o"]?.int, offset >= 0 {
            self = .snapshot(id: id, offset: offset)
        } else {
            throw Problem(.invalidCursor)
        }
    }

    var text: String { Cursor.encode(self) }

    /// 24 hex digits.
    private static func isSnapshotID(_ text: String) -> Bool { SnapshotID(hex: text) != nil }
}

extension FeedCursor: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object {
            switch self {
            case .after(let createdAt, let id):
                $0.field("t", createdAt.milliseconds)
                $0.field("i", id.hex)
            case .snapshot(let id, let offset):
                $0.field("s", id)
                $0.field("o", offset)
            }
        }
    }
}

enum SnapshotTag {}
typealias SnapshotID = Tagged<SnapshotTag>
