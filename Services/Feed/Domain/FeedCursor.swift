import Domain
import HTTPServer
import JSON

/// Where a page goes on.
enum FeedCursor: Equatable, Sendable {
    /// Behind a post in a feed by time.
    case after(TimePlace<Tags.Post>)
    /// At a place of a snapshot.
    case snapshot(id: String, offset: Int)

    /// - Throws: `invalid-cursor` for anything that this service did not make.
    init(_ value: JSONValue) throws(Problem) {
        guard let id = value["s"]?.string else {
            self = .after(try TimePlace(value))
            return
        }
        guard Self.isSnapshotID(id), let offset = value["o"]?.int, offset >= 0 else { throw Problem(.invalidCursor) }
        self = .snapshot(id: id, offset: offset)
    }

    /// Behind which post a feed by time goes on.
    /// - Throws: `invalid-cursor` for a place of a snapshot.
    var timePlace: TimePlace<Tags.Post> {
        get throws(Problem) {
            guard case .after(let place) = self else { throw Problem(.invalidCursor) }
            return place
        }
    }

    var text: String { Cursor.encode(self) }

    /// 24 hex digits.
    private static func isSnapshotID(_ text: String) -> Bool { SnapshotID(hex: text) != nil }
}

extension FeedCursor: JSONWritable {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .after(let place): place.write(to: &writer)
        case .snapshot(let id, let offset):
            writer.object {
                $0.field("s", id)
                $0.field("o", offset)
            }
        }
    }
}

enum SnapshotTag {}
typealias SnapshotID = Tagged<SnapshotTag>
