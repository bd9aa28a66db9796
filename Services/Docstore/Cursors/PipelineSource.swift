import BSON

/// The documents that come out of an aggregation pipeline.
/// The pipeline pulls its input one document at a time, so memory holds no more than its stages need; each batch may
/// come from a newer state of the collection.
final class PipelineSource: DocumentSource {
    /// The state that the batch now being made is read from.
    private final class Current { var view: (any StoreView)? }

    private let matches: FindSource?
    private let current = Current()
    private let output: PipelineInput

    /// - Parameter matches: what the pipeline runs on; nil where there is no collection.
    init(_ pipeline: Pipeline, over matches: FindSource?, database: String, _ limit: TimeLimit) {
        self.matches = matches
        let current = current
        func input(_ matches: FindSource?) -> PipelineInput {
            { try current.view.flatMap { try matches?.nextMatch(in: $0)?.parsed() } }
        }
        output = pipeline.run(over: input(matches)) { collection, filter in
            let found = current.view?.catalog[Namespace(database: database, collection: collection)]
            return input(try found.map { try FindSource(Query(filter), in: $0, limit) })
        }
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        current.view = view
        guard let bytes = try output()?.encode() else { return nil }
        try require(bytes.count <= InsertedDocument.maximumSize, .bsonObjectTooLarge, "a result is larger than 16 MB")
        return bytes
    }

    var isAtEnd: Bool { false }

    /// What `$lookup` reads ends with each of its results; only the input of the whole is open between batches.
    func pause() {
        matches?.pause()
        current.view = nil
    }
}
