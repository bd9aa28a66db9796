package import BSON

/// An aggregation pipeline, parsed once.
package struct Pipeline: Sendable {
    private var stages: [any PipelineStage] = []

    package init(stages: [BSONDocument], variables: Variables = Variables()) throws(CommandError) {
        for (index, stage) in stages.enumerated() {
            self.stages.append(try PipelineStages.parse(stage, isFirst: index == 0, variables))
        }
        limitSorts()
    }

    /// A limit right behind a sort means that the sort need not keep more.
    private mutating func limitSorts() {
        for index in stages.indices {
            guard var sort = stages[index] as? SortStage else { continue }
            var rest = stages[(index + 1)...]
            let skip = (rest.first as? WindowStage)?.skip ?? 0
            if skip > 0 { rest.removeFirst() }
            guard let limit = (rest.first as? WindowStage)?.limit else { continue }
            let (sum, overflow) = limit.addingReportingOverflow(skip)
            sort.limit = overflow ? nil : sum
            stages[index] = sort
        }
    }

    /// The query that the pipeline starts with, for the choice of an index; the documents it finds are what the rest
    /// of the pipeline runs on.
    package var leadingQuery: (filter: BSONDocument, rest: Pipeline) {
        var filters: [BSONDocument] = []
        var rest = self
        while let match = rest.stages.first as? MatchStage {
            filters.append(match.filter)
            rest.stages.removeFirst()
        }
        return (Self.conjunction(filters), rest)
    }

    static func conjunction(_ filters: [BSONDocument]) -> BSONDocument {
        let filters = filters.filter { !$0.isEmpty }
        return filters.count > 1 ? ["$and": .array(filters.map(BSONValue.document))] : filters.first ?? [:]
    }

    /// Takes the order out that the pipeline asks for first, for a query to see to: an index may provide it.
    mutating func takeLeadingSort() -> (order: SortPattern, limit: Int?)? {
        guard let sort = stages.first as? SortStage else { return nil }
        stages.removeFirst()
        return (sort.order, sort.limit)
    }

    package var isEmpty: Bool { stages.isEmpty }

    /// The documents that come out, made one at a time as they are asked for.
    package func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        stages.reduce(input) { $1.run(over: $0, reader: reader) }
    }
}
