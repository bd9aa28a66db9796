package import BSON

/// Where a pipeline's documents come from.
package protocol PipelineInput: AnyObject {
    /// - Returns: nil at the end, and from then on.
    func next() throws -> BSONDocument?
}

/// How `$lookup` reads other collections of the same database.
package protocol CollectionReader: AnyObject {
    /// The documents that match; none when there is no such collection.
    func documents(in collection: String, matching filter: BSONDocument) throws -> any PipelineInput
}

/// An aggregation pipeline, parsed once.
package struct Pipeline: Sendable {
    private var stages: [any PipelineStage]
    private let variables: Variables

    package init(stages: [BSONDocument], variables: Variables = Variables()) throws(CommandError) {
        var parsed: [any PipelineStage] = []
        for (index, stage) in stages.enumerated() {
            guard stage.count == 1, let (name, argument) = stage.first else {
                throw CommandError(
                    code: 40323, "A pipeline stage specification object must contain exactly one field.")
            }
            guard let kind = PipelineStages.all[name] else { throw PipelineStages.unknown(name) }
            parsed += try kind.parse(argument, named: name, at: index, variables: variables)
        }
        self.stages = Self.merged(parsed)
        self.variables = variables
    }

    /// A limit right behind a sort means that the sort need not keep more.
    private static func merged(_ stages: [any PipelineStage]) -> [any PipelineStage] {
        var stages = stages
        for index in stages.indices.dropLast() {
            guard var sort = stages[index] as? SortStage else { continue }
            var skipped = 0
            var next = index + 1
            if let skip = stages[next] as? SkipStage {
                skipped = skip.count
                next += 1
            }
            guard next < stages.count, let limit = stages[next] as? LimitStage else { continue }
            sort.limit = skipped.addingReportingOverflow(limit.count).overflow ? nil : skipped + limit.count
            stages[index] = sort
        }
        return stages
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
        switch filters.count {
        case 0: return ([:], rest)
        case 1: return (filters[0], rest)
        default: return (["$and": .array(filters.map(BSONValue.document))], rest)
        }
    }

    /// The order that the pipeline asks for first: a plan that reads in this order saves the sort.
    package var leadingSort: BSONDocument? { (stages.first as? SortStage)?.pattern }

    /// The pipeline without its first sort, for input that is in order already.
    package var withoutLeadingSort: Pipeline {
        var copy = self
        if copy.stages.first is SortStage { copy.stages.removeFirst() }
        return copy
    }

    package var isEmpty: Bool { stages.isEmpty }

    /// The documents that come out, made one at a time as they are asked for.
    package func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        stages.reduce(input) { $1.run(over: $0, context: PipelineContext(variables: variables, reader: reader)) }
    }
}

struct PipelineContext {
    var variables: Variables
    var reader: any CollectionReader
}

/// One step of a pipeline.
protocol PipelineStage: Sendable {
    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput
}

/// A kind of stage, found by name. Some stand for several steps.
protocol StageKind: Sendable {
    static var names: [String] { get }
    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage]
}

/// Every stage that docstore knows.
enum PipelineStages {
    static let all: [String: any StageKind.Type] = {
        let kinds: [any StageKind.Type] = [
            MatchKind.self, DocumentKind.self, GroupKind.self, SortKind.self, LimitKind.self, SkipKind.self,
            UnwindKind.self, LookupKind.self, CountKind.self, SortByCountKind.self, SampleKind.self,
        ]
        var table: [String: any StageKind.Type] = [:]
        for kind in kinds { for name in kind.names { table[name] = kind } }
        return table
    }()

    static func isKnown(_ name: String) -> Bool { all[name] != nil }

    static func unknown(_ name: String) -> CommandError {
        CommandError(code: 40324, "Unrecognized pipeline stage name: '\(name)'")
    }
}

/// Documents made by a closure.
final class GeneratedInput: PipelineInput {
    private var generate: (() throws -> BSONDocument?)?

    init(_ generate: @escaping () throws -> BSONDocument?) {
        self.generate = generate
    }

    func next() throws -> BSONDocument? {
        guard let document = try generate?() else {
            generate = nil
            return nil
        }
        return document
    }
}

/// Documents that are only known once the whole input was read.
final class CollectedInput: PipelineInput {
    private var collect: (() throws -> [BSONDocument])?
    private var documents: [BSONDocument] = []
    private var position = 0

    init(_ collect: @escaping () throws -> [BSONDocument]) {
        self.collect = collect
    }

    func next() throws -> BSONDocument? {
        if let collect {
            documents = try collect()
            self.collect = nil
        }
        guard position < documents.count else { return nil }
        defer { position += 1 }
        return documents[position]
    }
}
