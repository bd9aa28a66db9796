import BSON

/// One step of a pipeline, found by name.
protocol PipelineStage: Sendable {
    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError)
    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput
}

/// Where a stage is written: some have several names, and some are allowed only here or there.
struct StagePlace {
    let name: String
    let isFirst: Bool
    let variables: Variables

    func document(_ argument: BSONValue, else code: Int32) throws(CommandError) -> BSONDocument {
        try Arguments(name: name, values: [argument]).document(else: code)
    }
}

/// Every stage that docstore knows.
enum PipelineStages {
    static let all: [String: any PipelineStage.Type] = [
        "$match": MatchStage.self, "$sort": SortStage.self, "$limit": WindowStage.self, "$skip": WindowStage.self,
        "$count": CountStage.self, "$sample": SampleStage.self, "$group": GroupStage.self,
        "$sortByCount": SortByCountStage.self, "$unwind": UnwindStage.self, "$lookup": LookupStage.self,
        "$project": ProjectStage.self, "$unset": ProjectStage.self, "$addFields": ProjectStage.self,
        "$set": ProjectStage.self, "$replaceRoot": ReplaceRootStage.self, "$replaceWith": ReplaceRootStage.self,
    ]

    static func parse(
        _ stage: BSONDocument, isFirst: Bool, _ variables: Variables
    ) throws(CommandError) -> any PipelineStage {
        try require(stage.count == 1, code: 40323, "a pipeline stage must have exactly one field, not \(stage.count)")
        let (name, argument) = stage[0]
        let type = try all[name].orThrow(CommandError(code: 40324, "Unrecognized pipeline stage: '\(name)'"))
        return try type.init(argument, StagePlace(name: name, isFirst: isFirst, variables: variables))
    }

    /// The stages of an array, as `$lookup` and updates hold them.
    static func documents(_ stages: [BSONValue]) throws(CommandError) -> [BSONDocument] {
        let documents = stages.compactMap(\.documentValue)
        try require(documents.count == stages.count, .typeMismatch, "each stage of 'pipeline' must be an object")
        return documents
    }
}
