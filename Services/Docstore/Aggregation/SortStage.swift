import BSON

/// `$sort`.
struct SortStage: PipelineStage {
    let order: SortPattern
    /// No more than so many are wanted.
    var limit: Int?

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        order = try SortPattern(try place.document(argument, else: 15973))
        try require(!order.isEmpty, code: 15976, "$sort stage must have at least one sort key")
    }

    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        GeneratedInput(collecting: {
            // Only the query itself knows how well a document fits, and has seen to a sort right behind it.
            let isKnown = !order.parts.contains(where: \.isTextScore)
            try require(isKnown, code: 40218, "query requires text score metadata, but it is not available")
            var buffer = SortBuffer<BSONDocument>(order, keep: limit, isBounded: true)
            while let document = try input.next() {
                try buffer.add(document, key: order.key(of: document), size: document.approximateSize)
            }
            return buffer.ordered()
        })
    }
}
