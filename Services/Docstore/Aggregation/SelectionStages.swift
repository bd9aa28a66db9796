import BSON

extension PipelineStages {
    static func match(_ clause: StageClause) throws -> PipelineStage {
        let filter = try clause.document(else: 15959)
        let matcher = try Matcher(filter: filter, variables: clause.variables)
        let isAllowed = clause.isFirst || matcher.textQuery == nil
        try require(isAllowed, code: 17313, "$match with $text is only allowed as the first pipeline stage")
        return PipelineStage(filter: filter) { input, _ in
            {
                while let document = try input() {
                    if try matcher.matches(document) { return document }
                }
                return nil
            }
        }
    }

    /// `$limit` and `$skip`.
    static func window(_ clause: StageClause) throws -> PipelineStage {
        let limits = clause.name == "$limit"
        let notWhole = CommandError(code: limits ? 15957 : 15972, "\(clause.name) needs a whole number")
        let count = Int(try (clause.argument.number?.exactInt64).orThrow(notWhole))
        try require(count > 0 || !limits, code: 15958, "the limit must be positive")
        try require(count >= 0, code: 15956, "Argument to $skip cannot be negative")
        return PipelineStage(skip: limits ? 0 : count, limit: limits ? count : nil) { input, _ in
            var met = 0
            return {
                while !limits, met < count {
                    met += 1
                    guard try input() != nil else { return nil }
                }
                met += 1
                return limits && met > count ? nil : try input()
            }
        }
    }

    static func sample(_ clause: StageClause) throws -> PipelineStage {
        let named = try NamedArguments(clause.argument, of: "$sample", ["size"], codes: (28745, 28748))
        let size = Int(try named.require("size", \.number, missing: 28749, else: 28746).clampedInt64)
        try require(size >= 0, code: 28747, "size argument to $sample must not be negative")
        return PipelineStage { input, _ in
            collected {
                var chosen: [BSONDocument] = []
                var seen = 0
                while let document = try input() {
                    seen += 1
                    let place = chosen.count < size ? chosen.count : Int.random(in: 0..<seen)
                    if place < size { chosen.replaceSubrange(place..<min(place + 1, chosen.count), with: [document]) }
                }
                return chosen.shuffled()
            }
        }
    }

    static func sort(_ clause: StageClause) throws -> PipelineStage {
        let order = try SortPattern(try clause.document(else: 15973))
        try require(!order.isEmpty, code: 15976, "$sort stage must have at least one sort key")
        return .sort(order)
    }
}

extension PipelineStage {
    static func sort(_ order: SortPattern, limit: Int? = nil) -> PipelineStage {
        PipelineStage(order: order, limit: limit) { input, _ in
            collected {
                // Only the query itself knows how well a document fits, and has seen to a sort right behind it.
                let isKnown = !order.parts.contains(where: \.isTextScore)
                try require(isKnown, code: 40218, "query requires text score metadata, but it is not available")
                var buffer = SortBuffer<BSONDocument>(order, keep: limit, isBounded: true)
                while let document = try input() {
                    try buffer.add(document, key: order.key(of: document), size: document.approximateSize)
                }
                return buffer.ordered()
            }
        }
    }
}
