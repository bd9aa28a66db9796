import BSON

/// The documents that come out of an aggregation pipeline.
///
/// The pipeline pulls its input one document at a time, so memory holds no more than its stages need; each batch may
/// come from a newer state of the collection.
final class PipelineSource: DocumentSource {
    private let matches: FindSource?
    private let reader: Reader
    private let output: any PipelineInput

    /// - Parameter matches: what the pipeline runs on; nil where there is no collection.
    init(_ pipeline: Pipeline, over matches: FindSource?, database: String, _ limit: TimeLimit) {
        self.matches = matches
        reader = Reader(database: database, limit: limit)
        output = pipeline.run(over: reader.input(matches), reader: reader)
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        reader.view = view
        guard let bytes = try output.next()?.encode() else { return nil }
        try require(bytes.count <= InsertedDocument.maximumSize, .bsonObjectTooLarge, "a result is larger than 16 MB")
        return bytes
    }

    var isAtEnd: Bool { false }

    /// What `$lookup` reads ends with each of its results; only the input of the whole is open between batches.
    func pause() {
        matches?.pause()
        reader.view = nil
    }

    private final class Reader: CollectionReader {
        /// The state that the batch now being made is read from.
        var view: (any StoreView)?
        private let database: String
        private let limit: TimeLimit

        init(database: String, limit: TimeLimit) {
            self.database = database
            self.limit = limit
        }

        func documents(in collection: String, matching filter: BSONDocument) throws -> any PipelineInput {
            let matcher = try Matcher(filter: filter)
            let found = view?.catalog[Namespace(database: database, collection: collection)]
            return input(try found.map { FindSource(try PlannedQuery(filter, matcher, in: $0), .init(), limit) })
        }

        func input(_ matches: FindSource?) -> any PipelineInput {
            GeneratedInput { [unowned self] in try view.flatMap { try matches?.nextMatch(in: $0)?.parsed() } }
        }
    }
}
