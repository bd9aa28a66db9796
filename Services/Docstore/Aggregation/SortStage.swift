package import BSON

/// `$sort`.
struct SortStage: PipelineStage {
    let pattern: BSONDocument
    private let order: SortPattern
    /// No more than so many are wanted.
    var limit: Int?

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        pattern = try place.document(argument, else: 15973)
        order = try SortPattern(pattern)
        guard !order.isEmpty else { throw CommandError(code: 15976, "$sort stage must have at least one sort key") }
    }

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        CollectedInput {
            var sorter = DocumentSorter(order, limit: limit)
            while let document = try input.next() { try sorter.add(document) }
            return sorter.sorted()
        }
    }
}

/// Sorts documents stably; with a limit it holds no more than about twice as many.
package struct DocumentSorter {
    private typealias Entry = (keys: [BSONValue], offset: Int, document: BSONDocument)

    private let order: SortPattern
    private let limit: Int?
    private var entries: [Entry] = []
    private var count = 0

    package init(_ order: SortPattern, limit: Int? = nil) {
        self.order = order
        self.limit = limit
    }

    package mutating func add(_ document: BSONDocument, textScore: Double = 0) throws(CommandError) {
        entries.append((try order.key(of: document, textScore: textScore), count, document))
        count += 1
        if let limit, entries.count >= 1_000, entries.count / 2 > limit { cut(to: limit) }
    }

    package mutating func sorted() -> [BSONDocument] {
        cut(to: limit ?? entries.count)
        return entries.map(\.document)
    }

    private mutating func cut(to count: Int) {
        entries.sort { left, right in
            let order = order.compare(left.keys, right.keys)
            return order != 0 ? order < 0 : left.offset < right.offset
        }
        if entries.count > count { entries.removeSubrange(count...) }
    }
}
