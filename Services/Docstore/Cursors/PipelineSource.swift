import BSON

/// The documents that come out of an aggregation pipeline.
///
/// The pipeline pulls its input one document at a time, so memory holds no more than its stages need; each batch may
/// come from a newer state of the collection.
final class PipelineSource: DocumentSource {
    private let reader: Reader
    private let output: any PipelineInput

    init(_ pipeline: Pipeline, over query: PlannedQuery?, database: String, _ limit: TimeLimit) {
        reader = Reader(database: database, limit)
        output = pipeline.run(over: Input(query.map { MatchSource($0, limit) }, reader), reader: reader)
    }

    func next(in view: any StoreView) throws -> [UInt8]? {
        reader.view = view
        guard let bytes = try output.next()?.encode() else { return nil }
        guard bytes.count <= InsertedDocument.maximumSize else {
            throw CommandError(.bsonObjectTooLarge, "a document of the result is larger than 16 MB")
        }
        return bytes
    }

    func pause() { reader.pause() }

    /// The state that the batch now being made is read from, with what the pipeline reads of it.
    private final class Reader: CollectionReader {
        var view: (any StoreView)?
        private let database: String
        private let limit: TimeLimit
        private var open: [ObjectIdentifier: CandidateScan] = [:]

        init(database: String, _ limit: TimeLimit) {
            self.database = database
            self.limit = limit
        }

        /// What `$lookup` reads.
        func documents(in collection: String, matching filter: BSONDocument) throws -> any PipelineInput {
            let matcher = try Matcher(filter: filter)
            guard let info = view?.catalog[Namespace(database: database, collection: collection)] else {
                return Input(nil, self)
            }
            return Input(MatchSource(try PlannedQuery(filter, matcher, in: info), limit), self)
        }

        func next(_ matches: MatchSource) throws -> BSONDocument? {
            guard let view else { return nil }
            open[ObjectIdentifier(matches.scan)] = matches.scan
            guard let match = try matches.next(in: view) else {
                open[ObjectIdentifier(matches.scan)] = nil
                return nil
            }
            return try match.parsed()
        }

        func pause() {
            for scan in open.values { scan.pause() }
            open = [:]
            view = nil
        }
    }

    private final class Input: PipelineInput {
        private let matches: MatchSource?
        private unowned let reader: Reader

        init(_ matches: MatchSource?, _ reader: Reader) {
            self.matches = matches
            self.reader = reader
        }

        func next() throws -> BSONDocument? { try matches.flatMap { try reader.next($0) } }
    }
}
