import BSON

/// One step of a pipeline, and what the pipeline has to know of it to do part of its work in a better place.
struct PipelineStage: Sendable {
    typealias Transform = @Sendable (BSONDocument) throws -> BSONDocument
    typealias Run = @Sendable (_ input: @escaping PipelineInput, _ read: @escaping CollectionReader) -> PipelineInput

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
        PipelineStage(transform: transform) { input, _ in { try input().map(transform) } }
    }
}

struct StageClause {
    let name: String
    let argument: BSONValue
    let isFirst: Bool
    let variables: Variables

    func document(else code: Int32) throws -> BSONDocument {
        try Arguments(name: name, values: [argument]).document(else: code)
    }
}

enum PipelineStages {
    static let all: [String: @Sendable (StageClause) throws -> PipelineStage] = [
        "$match": match, "$sort": sort, "$limit": window, "$skip": window, "$count": count, "$sample": sample,
        "$group": group, "$sortByCount": sortByCount, "$unwind": unwind, "$lookup": lookup, "$project": project,
        "$unset": project, "$addFields": project, "$set": project, "$replaceRoot": replaceRoot,
        "$replaceWith": replaceRoot,
    ]

    static func parse(_ stage: BSONDocument, isFirst: Bool, _ variables: Variables) throws -> PipelineStage {
        try require(stage.count == 1, code: 40323, "a pipeline stage must have exactly one field, not \(stage.count)")
        let (name, argument) = stage[0]
        let form = try all[name].orThrow(.init(code: 40324, "Unrecognized pipeline stage: '\(name)'"))
        return try form(StageClause(name: name, argument: argument, isFirst: isFirst, variables: variables))
    }

    static func documents(_ stages: [BSONValue]) throws -> [BSONDocument] {
        let documents = stages.compactMap(\.documentValue)
        try require(documents.count == stages.count, .typeMismatch, "each stage of 'pipeline' must be an object")
        return documents
    }

    static func ofUpdate(_ stages: [BSONDocument], _ variables: Variables) throws -> [PipelineStage.Transform] {
        try stages.map { stage in
            let refusal = CommandError(.invalidOptions, "\(stage.keys) is not allowed within an update")
            return try parse(stage, isFirst: false, variables).transform.orThrow(refusal)
        }
    }
}
