import BSON

struct Pipeline: Sendable {
    private var stages: [PipelineStage] = []

    init(stages: [BSONDocument], variables: Variables = Variables()) throws {
        for (index, stage) in stages.enumerated() {
            self.stages.append(try PipelineStages.parse(stage, isFirst: index == 0, variables))
        }
        limitSorts()
    }

    /// A limit right behind a sort means that the sort need not keep more.
    private mutating func limitSorts() {
        for index in stages.indices {
            guard let order = stages[index].order else { continue }
            var rest = stages[(index + 1)...]
            let skip = rest.first?.skip ?? 0
            if skip > 0 { rest.removeFirst() }
            guard let sum = rest.first?.limit?.addingReportingOverflow(skip), !sum.overflow else { continue }
            stages[index] = .sort(order, limit: sum.partialValue)
        }
    }

    /// The query that the pipeline starts with, for the choice of an index; the documents it finds are what the rest
    /// of the pipeline runs on.
    var leadingQuery: (filter: BSONDocument, rest: Pipeline) {
        var filters: [BSONDocument] = []
        var rest = self
        while let filter = rest.stages.first?.filter {
            filters.append(filter)
            rest.stages.removeFirst()
        }
        return (Self.conjunction(filters), rest)
    }

    static func conjunction(_ filters: [BSONDocument]) -> BSONDocument {
        let filters = filters.filter { !$0.isEmpty }
        return filters.count > 1 ? ["$and": .documents(filters)] : filters.first ?? [:]
    }

    /// Takes the order out that the pipeline asks for first, for a query to see to: an index may provide it.
    mutating func takeLeadingSort() -> (order: SortPattern, limit: Int?)? {
        guard let sort = stages.first, let order = sort.order else { return nil }
        stages.removeFirst()
        return (order, sort.limit)
    }

    var isEmpty: Bool { stages.isEmpty }

    /// The documents that come out, made one at a time as they are asked for.
    func run(over input: @escaping PipelineInput, _ read: @escaping CollectionReader) -> PipelineInput {
        stages.reduce(input) { $1.run($0, read) }
    }
}

/// Where a pipeline's documents come from, and what comes out of it.
typealias PipelineInput = Rows<BSONDocument>

/// How `$lookup` reads other collections of the same database: the documents that match.
typealias CollectionReader = (_ collection: String, _ filter: BSONDocument) throws -> PipelineInput

/// Documents that are only known once the whole input was read.
func collected(_ collect: @escaping () throws -> [BSONDocument]) -> PipelineInput {
    var documents: IndexingIterator<[BSONDocument]>?
    return {
        if documents == nil { documents = try collect().makeIterator() }
        return documents?.next()
    }
}
