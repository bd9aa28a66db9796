import BSON

/// The documents that come out of an aggregation pipeline.
///
/// The pipeline pulls its input one document at a time, so memory holds no more than its stages need; each batch may
/// come from a newer state of the collection.
final class PipelineSource: DocumentSource {
    /// The state that the batch now being made is read from; shared by everything the pipeline reads.
    private final class CurrentView {
        var view: (any StoreView)?

        func require() throws -> any StoreView {
            guard let view else { throw CommandError(.internalError, "a pipeline read between its batches") }
            return view
        }
    }

    private let current = CurrentView()
    private let input: Input
    private let reader: Reader
    private let output: any PipelineInput

    init(_ pipeline: Pipeline, over query: PlannedQuery?, database: String, limit: TimeLimit) {
        input = Input(query.map { MatchSource($0, limit: limit) }, current)
        reader = Reader(database: database, limit: limit, current)
        output = pipeline.run(over: input, reader: reader)
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        current.view = view
        guard let document = try output.next() else { return nil }
        let bytes = document.encode()
        guard bytes.count <= InsertedDocument.maximumSize else {
            throw CommandError(.bsonObjectTooLarge, "a document of the result is larger than 16 MB")
        }
        return bytes
    }

    func pause() {
        input.pause()
        reader.pause()
        current.view = nil
    }

    private final class Input: PipelineInput {
        private let matches: MatchSource?
        private let current: CurrentView

        init(_ matches: MatchSource?, _ current: CurrentView) {
            self.matches = matches
            self.current = current
        }

        func next() throws -> BSONDocument? { try matches?.next(in: current.require())?.parsed() }
        func pause() { matches?.pause() }
    }

    /// What `$lookup` reads.
    private final class Reader: CollectionReader {
        private let database: String
        private let limit: TimeLimit
        private let current: CurrentView
        private var open: [Input] = []

        init(database: String, limit: TimeLimit, _ current: CurrentView) {
            self.database = database
            self.limit = limit
            self.current = current
        }

        func documents(in collection: String, matching filter: BSONDocument) throws -> any PipelineInput {
            let namespace = Namespace(database: database, collection: collection)
            let matcher = try Matcher(filter: filter)
            guard let info = try current.require().catalog[namespace] else { return Input(nil, current) }
            let query = try PlannedQuery(filter, matcher: matcher, sort: nil, collection: info)
            let input = Input(MatchSource(query, limit: limit), current)
            open = [input]
            return input
        }

        func pause() {
            for input in open { input.pause() }
            open = []
        }
    }
}
