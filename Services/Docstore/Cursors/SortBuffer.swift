import BSON

/// Gathers what is to be sorted; with a limit it never holds more than twice as many. Ties stay as they came.
struct SortBuffer<Row> {
    private let pattern: SortPattern
    private let keep: Int?
    private let isBounded: Bool
    private var rows: [(key: [BSONValue], row: Row, size: Int)] = []
    private var bytes = 0

    /// What a sort without an index may hold, as MongoDB.
    private static var maximumBytes: Int { 100 << 20 }

    init(_ pattern: SortPattern, keep: Int?, isBounded: Bool = false) {
        self.pattern = pattern
        self.keep = keep
        self.isBounded = isBounded
    }

    mutating func add(_ row: Row, key: [BSONValue], size: Int = 0) throws {
        rows.append((key, row, size))
        bytes += size
        if let keep, rows.count / 2 >= max(keep, 32) { cut(to: keep) }
        if isBounded, bytes > Self.maximumBytes {
            throw CommandError(code: 292, "Sort exceeded its memory limit of 100 MB without allowDiskUse")
        }
    }

    mutating func ordered() -> [Row] {
        cut(to: keep ?? rows.count)
        return rows.map(\.row)
    }

    private mutating func cut(to count: Int) {
        rows.sort { pattern.compare($0.key, $1.key) < 0 }  // stable
        if rows.count <= count { return }
        bytes -= rows[count...].reduce(0) { $0 + $1.size }
        rows.removeSubrange(count...)
    }
}
