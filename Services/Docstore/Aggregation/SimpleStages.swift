import BSON

/// `$match`.
enum MatchKind: StageKind {
    static let names = ["$match"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard case .document(let filter) = argument else {
            throw CommandError(code: 15959, "the match filter must be an expression in an object")
        }
        let matcher = try Matcher(filter: filter, variables: variables)
        guard index == 0 || matcher.textQuery == nil else {
            throw CommandError(code: 17313, "$match with $text is only allowed as the first pipeline stage")
        }
        return [MatchStage(filter: filter, matcher: matcher)]
    }
}

struct MatchStage: PipelineStage {
    var filter: BSONDocument
    var matcher: Matcher

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        GeneratedInput {
            while let document = try input.next() {
                if try matcher.matches(document) { return document }
            }
            return nil
        }
    }
}

/// `$project $unset $addFields $set $replaceRoot $replaceWith`.
enum DocumentKind: StageKind {
    static let names = Array(DocumentStages.names)

    struct Stage: PipelineStage {
        var stage: any DocumentStage

        func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
            GeneratedInput { try input.next().map { try stage.transform($0, context.variables) } }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        try DocumentStages.parse(name, argument, variables).map { [Stage(stage: $0)] } ?? []
    }
}

/// `$limit`.
enum LimitKind: StageKind {
    static let names = ["$limit"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard let number = Number(argument), let count = number.exactInt64 else {
            throw CommandError(code: 15957, "the limit must be specified as a number")
        }
        guard count > 0 else { throw CommandError(code: 15958, "the limit must be positive") }
        return [LimitStage(count: Int(count))]
    }
}

struct LimitStage: PipelineStage {
    var count: Int

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        var left = count
        return GeneratedInput {
            guard left > 0 else { return nil }
            left -= 1
            return try input.next()
        }
    }
}

/// `$skip`.
enum SkipKind: StageKind {
    static let names = ["$skip"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard let count = Number(argument)?.exactInt64 else {
            throw CommandError(code: 15972, "Argument to $skip must be a number not a \(argument.typeName)")
        }
        guard count >= 0 else { throw CommandError(code: 15956, "Argument to $skip cannot be negative") }
        return [SkipStage(count: Int(count))]
    }
}

struct SkipStage: PipelineStage {
    var count: Int

    func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
        var left = count
        return GeneratedInput {
            while left > 0 {
                left -= 1
                guard try input.next() != nil else { return nil }
            }
            return try input.next()
        }
    }
}

/// `$count`.
enum CountKind: StageKind {
    static let names = ["$count"]

    struct Stage: PipelineStage {
        var field: String

        func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
            CollectedInput {
                var count: Int64 = 0
                while try input.next() != nil { count += 1 }
                return count == 0 ? [] : [[field: Number.narrow(count).value]]
            }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard case .string(let field) = argument else {
            throw CommandError(code: 40156, "the count field must be a non-empty string")
        }
        guard !field.isEmpty else { throw CommandError(code: 40157, "the count field must be a non-empty string") }
        guard !field.hasPrefix("$") else {
            throw CommandError(code: 40158, "the count field cannot be a $-prefixed path")
        }
        guard !field.utf8.contains(0) else {
            throw CommandError(code: 40159, "the count field cannot contain a null byte")
        }
        guard !field.contains(".") else { throw CommandError(code: 40160, "the count field cannot contain '.'") }
        return [Stage(field: field)]
    }
}

/// `$sortByCount`: groups, counts, and sorts the most frequent first.
enum SortByCountKind: StageKind {
    static let names = ["$sortByCount"]

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        switch argument {
        case .document(let document):
            guard document.first?.key.hasPrefix("$") == true else {
                throw CommandError(
                    code: 40147,
                    "the sortByCount field must be defined as a $-prefixed path or an expression inside an object")
            }
        case .string(let text):
            guard text.hasPrefix("$") else {
                throw CommandError(
                    code: 40148,
                    "the sortByCount field must be defined as a $-prefixed path or an expression inside an object")
            }
        default:
            throw CommandError(code: 40149, "the sortByCount field must be specified as a string or as an object")
        }
        let group: BSONValue = ["_id": argument, "count": ["$sum": 1]]
        return try GroupKind.parse(group, named: "$group", at: index, variables: variables)
            + SortKind.parse(["count": -1], named: "$sort", at: index, variables: variables)
    }
}

/// `$sample`: so many documents by chance.
enum SampleKind: StageKind {
    static let names = ["$sample"]

    struct Stage: PipelineStage {
        var size: Int

        func run(over input: any PipelineInput, context: PipelineContext) -> any PipelineInput {
            CollectedInput {
                var chosen: [BSONDocument] = []
                var seen = 0
                while let document = try input.next() {
                    seen += 1
                    if chosen.count < size {
                        chosen.append(document)
                    } else {
                        let place = Int.random(in: 0..<seen)
                        if place < size { chosen[place] = document }
                    }
                }
                return chosen.shuffled()
            }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, at index: Int, variables: Variables
    ) throws(CommandError) -> [any PipelineStage] {
        guard case .document(let document) = argument else {
            throw CommandError(code: 28745, "the $sample stage specification must be an object")
        }
        for key in document.keys where key != "size" {
            throw CommandError(code: 28748, "unrecognized option to $sample: \(key)")
        }
        guard let given = document["size"] else { throw CommandError(code: 28749, "$sample stage must specify a size") }
        guard let size = Number(given) else {
            throw CommandError(code: 28746, "size argument to $sample must be a number")
        }
        guard size.clampedInt64 >= 0 else {
            throw CommandError(code: 28747, "size argument to $sample must not be negative")
        }
        return [Stage(size: Int(size.clampedInt64))]
    }
}
