import BSON

/// One step of a pipeline, and what the pipeline has to know of it to do part of its work in a better place.
struct PipelineStage: Sendable {
    typealias Transform = @Sendable (BSONDocument) throws(CommandError) -> BSONDocument
    typealias Run = @Sendable (_ input: any PipelineInput, _ reader: any CollectionReader) -> any PipelineInput

    /// Of `$match`.
    var filter: BSONDocument?
    /// Of `$sort`; its limit is that of a `$limit` behind it.
    var order: SortPattern?
    var skip = 0
    var limit: Int?
    /// Of a stage that turns each document into one other: what an update pipeline may hold.
    var transform: Transform?
    let run: Run

    static func transforming(_ transform: @escaping Transform) -> PipelineStage {
        PipelineStage(transform: transform) { input, _ in GeneratedInput { try input.next().map(transform) } }
    }
}

/// A stage as it is written: some have several names, and some are allowed only here or there.
struct StageClause {
    let name: String
    let argument: BSONValue
    let isFirst: Bool
    let variables: Variables

    func document(else code: Int32) throws(CommandError) -> BSONDocument {
        try Arguments(name: name, values: [argument]).document(else: code)
    }
}

/// Every stage that docstore knows, in a table from its name to what makes it of its argument.
enum PipelineStages {
    static let all: [String: @Sendable (StageClause) throws(CommandError) -> PipelineStage] = [
        "$match": match, "$sort": sort, "$limit": window, "$skip": window, "$count": count, "$sample": sample,
        "$group": group, "$sortByCount": sortByCount, "$unwind": unwind, "$lookup": lookup, "$project": project,
        "$unset": project, "$addFields": project, "$set": project, "$replaceRoot": replaceRoot,
        "$replaceWith": replaceRoot,
    ]

    static func parse(
        _ stage: BSONDocument, isFirst: Bool, _ variables: Variables
    ) throws(CommandError) -> PipelineStage {
        try require(stage.count == 1, code: 40323, "a pipeline stage must have exactly one field, not \(stage.count)")
        let (name, argument) = stage[0]
        let form = try all[name].orThrow(CommandError(code: 40324, "Unrecognized pipeline stage: '\(name)'"))
        return try form(StageClause(name: name, argument: argument, isFirst: isFirst, variables: variables))
    }

    /// The stages of an array, as `$lookup` and updates hold them.
    static func documents(_ stages: [BSONValue]) throws(CommandError) -> [BSONDocument] {
        let documents = stages.compactMap(\.documentValue)
        try require(documents.count == stages.count, .typeMismatch, "each stage of 'pipeline' must be an object")
        return documents
    }

    static func ofUpdate(
        _ stages: [BSONDocument], _ variables: Variables
    ) throws(CommandError) -> [PipelineStage.Transform] {
        try stages.map { (stage) throws(CommandError) in
            try parse(stage, isFirst: false, variables).transform.orThrow(
                CommandError(.invalidOptions, "\(stage.keys) is not allowed within an update"))
        }
    }
}
