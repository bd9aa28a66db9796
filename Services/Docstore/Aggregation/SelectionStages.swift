import BSON

/// `$match`.
struct MatchStage: PipelineStage {
    let filter: BSONDocument
    private let matcher: Matcher

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        filter = try place.document(argument, else: 15959)
        matcher = try Matcher(filter: filter, variables: place.variables)
        let isAllowed = place.isFirst || matcher.textQuery == nil
        try require(isAllowed, code: 17313, "$match with $text is only allowed as the first pipeline stage")
    }

    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        GeneratedInput {
            while let document = try input.next() {
                if try matcher.matches(document) { return document }
            }
            return nil
        }
    }
}

/// `$limit` and `$skip`.
struct WindowStage: PipelineStage {
    private(set) var skip = 0
    private(set) var limit: Int?

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        let limits = place.name == "$limit"
        let count = try (argument.number?.exactInt64).orThrow(
            CommandError(code: limits ? 15957 : 15972, "\(place.name) needs a whole number"))
        try require(count > 0 || !limits, code: 15958, "the limit must be positive")
        try require(count >= 0, code: 15956, "Argument to $skip cannot be negative")
        if limits { limit = Int(count) } else { skip = Int(count) }
    }

    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        var met = 0
        return GeneratedInput {
            while met < skip {
                met += 1
                guard try input.next() != nil else { return nil }
            }
            if let limit, met >= limit { return nil }
            met += 1
            return try input.next()
        }
    }
}

/// `$sample`: so many documents by chance.
struct SampleStage: PipelineStage {
    private let size: Int

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        let named = try NamedArguments(argument, of: "$sample", ["size"], codes: (28745, 28748))
        size = Int(try named.require("size", \.number, missing: 28749, else: 28746).clampedInt64)
        try require(size >= 0, code: 28747, "size argument to $sample must not be negative")
    }

    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        GeneratedInput(collecting: {
            var chosen: [BSONDocument] = []
            var seen = 0
            while let document = try input.next() {
                seen += 1
                let place = chosen.count < size ? chosen.count : Int.random(in: 0..<seen)
                if place < size { chosen.replaceSubrange(place..<min(place + 1, chosen.count), with: [document]) }
            }
            return chosen.shuffled()
        })
    }
}
